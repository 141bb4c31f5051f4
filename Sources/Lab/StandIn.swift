import Model
import Platform

/// What a lab needs to know of a system that cannot be installed, and that one script plays on its nodes.
///
/// The script answers `describe` on this machine, `install` in the root of each node before it boots, and `ready` on each
/// member when it runs.
struct StandIn: Sendable, Equatable {
  /// Where `up` found it; each node has a copy.
  var script: String
  /// The unit that faults stop, kill and pause.
  var service: String
  /// `STANDIN_SPEED` and others of the kind, by their names without the beginning, in small letters.
  var settings: Value.Object
  /// Keys of the cluster in the inventory, such as `vars` and `groups`.
  var cluster: Value.Object
  /// Variables of the nodes in the inventory.
  var variables: Value.Object

  static var programs: [String] { ["python3"] }

  /// Asks the script what it plays. `path` is where belay found it.
  static func describe(_ path: String, nodes: [LabRecord.Node], settings: Value.Object) async throws
    -> Self
  {
    let answer = try await Tool("python3").run([path, "describe"], stdin: question(nodes, settings).json())
    guard let value = try? JSONReader.parse(answer), let service = value["service"]?.stringValue,
      let cluster = value["cluster"]?.objectValue, let variables = value["nodes"]?.objectValue
    else {
      throw LabError(
        "\(path) does not describe itself: {\"service\": …, \"cluster\": {…}, \"nodes\": {…}}",
        help: "it said: \(lastLines(answer))")
    }
    return Self(
      script: path, service: service, settings: settings, cluster: cluster, variables: variables)
  }

  /// What every node finds in /etc/standin.json.
  static func question(
    _ nodes: [LabRecord.Node], _ settings: Value.Object, node: String? = nil
  ) -> Value {
    var value: Value.Object = [
      "nodes": .array(
        nodes.enumerated().map { index, node in
          [
            "name": .string(node.name), "number": .number(Double(index + 1)),
            "address": .string(node.address), "role": .string(node.role.rawValue),
          ]
        }),
      "settings": .object(settings),
    ]
    value["node"] = node.map { .string($0) }
    return .object(value)
  }
}

extension StandIn {
  var value: Value {
    [
      "script": .string(script), "service": .string(service), "cluster": .object(cluster),
      "settings": .object(settings), "variables": .object(variables),
    ]
  }

  init?(_ value: Value) {
    guard let script = value["script"]?.stringValue, let service = value["service"]?.stringValue,
      let cluster = value["cluster"]?.objectValue, let settings = value["settings"]?.objectValue,
      let variables = value["variables"]?.objectValue
    else { return nil }
    self.init(
      script: script, service: service, settings: settings, cluster: cluster, variables: variables)
  }
}

/// Waits until the stand-in of every member says that it serves.
struct StandInReadiness {
  let builder: LabBuilder

  func wait(atMost limit: Duration) async throws {
    for node in builder.record.members {
      var said = ""
      let isReady = try await poll(atMost: limit, every: .milliseconds(200)) {
        let answer = try await builder.ssh("standin ready", on: node)
        said = lastLines(answer.stderr.text + answer.stdout.text, 2)
        return answer.isSuccess
      }
      guard isReady else {
        throw LabError(
          "\(builder.record.system) was not ready on \(node.name) in time; it said last: \(said)")
      }
    }
  }
}
