import Loading
import Model
import Platform
import Report

enum Version {
  static var line: String { "belay \(text)" }
  static let text = "0.1.0"
}

extension Session {
  var outputPaint: Paint { Paint(isOn: paint.isOn && StandardStream.output.isTerminal) }
}

extension Command {
  static let inventory = Command(
    name: "inventory", usage: "", summary: "the clusters and nodes, with every inherited setting resolved",
    flags: [.inventory, .json]
  ) { arguments, session in
    guard let inventory = try session.loadInventory(session.inventoryPaths(arguments)) else {
      throw Stop(
        .invalid, "there is no inventory",
        help: "name one with -i FILE, set BELAY_INVENTORY, or write inventory.yaml")
    }
    for cluster in inventory.value.clusters {
      if !arguments.has(.json) { session.print("\(cluster.name)  (\(cluster.system.value))") }
      for node in cluster.nodes {
        let host =
          "\(node.ssh.user.map { "\($0)@" } ?? "")\(node.ssh.host ?? node.address):\(node.ssh.port ?? 22)"
        if arguments.has(.json) {
          let value: Value = [
            "format": 1, "cluster": .string(cluster.name.rawValue),
            "system": .string(cluster.system.value.rawValue),
            "node": .string(node.name.rawValue), "address": .string(node.address),
            "state": .string(node.state.rawValue), "ssh": .string(host), "vars": .object(node.variables),
          ]
          session.print(value.json())
        } else {
          session.print("  \(node.name)  \(node.address)  \(node.state.rawValue)  ssh \(host)")
        }
      }
    }
    return .done
  }

  static let version = Command(
    name: "version", usage: "", summary: "this program's version", flags: []
  ) { _, session in
    session.print(Version.line)
    return .done
  }

  static let help = Command(
    name: "help", usage: "[COMMAND]", summary: "what a command does", flags: []
  ) { arguments, session in
    guard let name = arguments.positionals.first else {
      session.print(CommandLineTool.overview)
      return .done
    }
    guard let command = Command.all.first(where: { $0.name == name }) else {
      throw UsageError("there is no command \"\(name)\"; `belay help` lists them")
    }
    session.print(command.helpText)
    return .done
  }
}
