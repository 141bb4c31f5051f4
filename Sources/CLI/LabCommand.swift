import Lab
import Model
import Platform

extension Command {
  static let lab = Command(
    name: "lab", usage: "up|down|status|fault",
    summary: "a local cluster of real machines, to try runbooks on",
    flags: [.system, .members, .spares, .directory, .rootless, .json]
  ) { arguments, session in
    let words = arguments.positionals
    let system = arguments.value(.system) ?? "etcd"
    let directory = arguments.value(.directory) ?? Path.join(RunStore().directory, "lab/\(system)")
    switch words.first {
    case "up" where words.count == 1:
      let standIns = standIns
      guard LabSpec.realSystems.contains(system) || standIns[system] != nil else {
        let known = (LabSpec.realSystems + standIns.keys.sorted()).joined(separator: ", ")
        throw UsageError("there is no lab for \"\(system)\"; labs exist for: \(known)")
      }
      let spec = LabSpec(
        system: system, members: try arguments.count(.members, or: 3),
        spares: try arguments.count(.spares, or: 2),
        directory: directory, kind: arguments.has(.rootless) ? .loopback : nil, standIn: standIns[system],
        settings: settings)
      let lab = try await LabControl.up(spec) { session.say($0) }
      for line in lab.missing { session.say("missing here: \(line)") }
      session.print(text(of: lab))
      session.say("try: export BELAY_INVENTORY=\(lab.files.inventory)")
      return .done
    case "down" where words.count == 1:
      let wasUp = try await LabControl.down(directory: directory) { session.say($0) }
      session.say(wasUp ? "the lab is gone" : "there is no lab in \(directory)")
      return .done
    case "status" where words.count == 1:
      guard let lab = try await LabControl.status(directory: directory) else {
        session.print("there is no lab in \(directory)")
        return .done
      }
      session.print(text(of: lab))
      return .done
    case "fault" where words.count >= 3:
      try await LabControl.fault(
        directory: directory, node: words[1], kind: LabFault(Array(words.dropFirst(2))))
      return .done
    default:
      throw UsageError(
        "usage: belay lab up|down|status, or belay lab fault NODE FAULT (\(LabFault.words.joined(separator: ", ")))"
      )
    }
  }

  /// The scripts that play systems, by the systems' names: of the checkout, else those installed beside belay.
  private static var standIns: [String: String] {
    var directories = ["lab/standins"]
    if let program = Host.executablePath {
      directories.append(Path.normalized("../share/belay/standins", from: Path.parent(of: program)))
    }
    var found: [String: String] = [:]
    for directory in directories.reversed() {
      for name in (try? listDirectory(directory)) ?? [] where name.hasSuffix(".py") {
        found[String(name.dropLast(3))] = Path.join(directory, name)
      }
    }
    return found
  }

  /// `STANDIN_SPEED=20` tells a stand-in to be twenty times as fast as the system.
  private static var settings: [String: String] {
    var settings: [String: String] = [:]
    for name in ["SPEED", "PROFILE"] {
      settings[name.lowercased()] = Host.environment("STANDIN_\(name)")
    }
    return settings
  }

  private static func text(of lab: LabDescription) -> String {
    var text = "lab \(lab.id): cluster \(lab.cluster) of \(lab.system), inventory \(lab.files.inventory)\n"
    for node in lab.nodes {
      text +=
        "  \(node.name)  \(node.address):\(node.port)  \(node.role.rawValue)  \(node.condition.rawValue)"
      text += node.service.map { "  \(lab.system) \($0)\n" } ?? "\n"
    }
    return text
  }
}
