import Expressions
import Loading
import Model
import Planning
import Platform

/// The inputs that a command line names, by position or by name, before the runbook's types are known.
struct NamedInputs {
  private let positionals: [String]
  private let with: String?
  private let set: [(name: String, value: GivenText)]

  enum GivenText {
    /// As it stands on the command line.
    case literal(String)
    case file(String)

    var text: String {
      switch self {
      case .literal(let text), .file(let text): text
      }
    }
  }

  /// `skipping` is how many positional words are not inputs, such as the runbook's name.
  init(_ arguments: Arguments, _ session: Session) throws {
    positionals = arguments.positionals
    with = arguments.value(.with)
    set = try arguments.values(.set).map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw UsageError("--set takes NAME=VALUE, not \"\(pair)\"")
      }
      guard parts[1].hasPrefix("@") else { return (parts[0], .literal(parts[1])) }
      let bytes = try readFile(String(parts[1].dropFirst()), limit: 1 << 20)
      return (parts[0], .file(String(decoding: bytes, as: UTF8.self)))
    }
  }

  /// What may name nodes or the cluster.
  var words: [String] {
    (positionals + set.compactMap { if case .literal(let text) = $0.value { text } else { nil } }
      + [with].compactMap(\.self)).flatMap {
        $0.split(separator: ",").map { String($0.drop { $0 == " " }) }
      }
  }

  var setNames: [String] { self.set.map(\.name) }
  func given(_ name: String) -> GivenText? { set.last { $0.name == name }?.value }

  func resolve(_ runbook: Runbook, cluster: Cluster?) throws -> [String: InputValue] {
    var texts: [String: String] = [:]
    for input in runbook.inputs {
      texts[input.name] = Host.environment("BELAY_VAR_\(input.name)") ?? input.defaultText
    }
    let given = positionals + [with].compactMap(\.self)
    var nodeInputs = runbook.inputs.filter {
      ($0.type.isPositional || $0.type.isChoice) && $0.defaultText == nil
    }
    // The cluster is known once its nodes are: it needs no word of its own.
    for input in nodeInputs where input.type == .cluster {
      texts[input.name] = texts[input.name] ?? cluster?.name.rawValue
    }
    if let cluster, !given.contains(cluster.name.rawValue) { nodeInputs.removeAll { $0.type == .cluster } }
    guard given.count <= nodeInputs.count else {
      throw UsageError(
        "\(runbook.name) takes \(nodeInputs.count) \(nodeInputs.contains { $0.type.isChoice } ? "words" : "nodes") (\(nodeInputs.map(\.name).joined(separator: ", "))), "
          + "and \(given.count) are named")
    }
    for (input, word) in zip(nodeInputs, given) { texts[input.name] = word }
    for (name, value) in set {
      guard runbook.inputs.contains(where: { $0.name == name }) else {
        let near = suggestion(for: name, among: runbook.inputs.map(\.name))
        throw UsageError(
          "\(runbook.name) has no input \"\(name)\"\(near.map { "; did you mean \"\($0)\"?" } ?? "")")
      }
      texts[name] = value.text
    }
    var resolved: [String: InputValue] = [:]
    for input in runbook.inputs {
      if input.type == .secret {
        resolved[input.name] = .secret
        continue
      }
      guard let text = texts[input.name] else {
        throw UsageError("\(runbook.name) needs \(input.name): \(input.help) (--set \(input.name)=…)")
      }
      resolved[input.name] = try value(text, for: input, cluster: cluster)
    }
    return resolved
  }

  private func value(_ text: String, for input: InputDeclaration, cluster: Cluster?) throws -> InputValue {
    if let expected = input.mismatch(text) {
      throw UsageError("\(input.name) takes \(expected), not \"\(text)\"")
    }
    switch input.type {
    case .node: return .node(try known(text, cluster))
    case .nodes:
      return .nodes(try (input.type.nodeNames(text) ?? []).map { try known($0, cluster) })
    case .cluster:
      guard let cluster else {
        throw Stop(
          .invalid, "\(input.name) takes a cluster's name, and no inventory was found",
          help: "name one with -i FILE, or set BELAY_INVENTORY")
      }
      guard text == cluster.name.rawValue else {
        throw UsageError("\(input.name) is \"\(text)\", but the cluster that is worked on is \(cluster.name)")
      }
      return .value(.string(text))
    default:
      guard let value = input.type.plainValue(text) else {
        throw UsageError("\(input.name) cannot be given as a text")
      }
      return .value(value)
    }
  }

  private func known(_ text: String, _ cluster: Cluster?) throws -> NodeName {
    let names = (cluster?.nodes ?? []).map(\.name.rawValue)
    guard names.contains(text) else {
      let near = suggestion(for: text, among: names)
      throw Stop(
        .invalid, "no node is called \"\(text)\" in the inventory",
        help: near.map { "did you mean \"\($0)\"?" } ?? "`belay inventory` lists the nodes")
    }
    return NodeName(text)
  }
}
