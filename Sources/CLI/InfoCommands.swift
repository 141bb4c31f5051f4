import Loading
import Model
import Platform
import Report

enum Version {
  static let text = "0.1.0"
}

extension Session {
  var outputPaint: Paint { Paint(isOn: paint.isOn && StandardStream.output.isTerminal) }
}

extension Command {
  static let check = Command(
    name: "check", usage: "[PATH|RUNBOOK…]",
    summary: "find everything wrong with runbooks, before a run does",
    flags: [.inventory, .json, .sarif, .rules]
  ) { arguments, session in
    if arguments.has(.rules) { return session.listRules(json: arguments.has(.json)) }
    var diagnostics: [Diagnostic] = []
    var seen: Set<Diagnostic> = []
    var sources: [SourceFile] = []
    func take<T>(_ result: LoadResult<T>) {
      let new = result.diagnostics.filter { seen.insert($0).inserted }
      diagnostics += new
      // Only what will be shown: the texts of hundreds of good runbooks are not kept.
      let shown = Set(new.flatMap { [$0.location?.file] + $0.notes.map { $0.location?.file } })
      sources += result.sources.filter { source in
        shown.contains(source.path) && !sources.contains { $0.path == source.path }
      }
    }
    var clusters: [Cluster]?
    let inventories = session.inventoryPaths(arguments)
    if !inventories.isEmpty {
      let inventory = Loading.loadInventory(paths: inventories, home: session.home)
      take(inventory)
      clusters = inventory.value?.clusters
    }
    let library = session.library
    let systems = SystemCache()
    var count = 0
    func check(_ result: LoadResult<LoadedRunbook>) {
      take(result)
      count += 1
    }
    if arguments.positionals.isEmpty {
      for entry in library.entries() {
        check(library.loadRunbook(entry, clusters: clusters, systems: systems))
      }
    }
    for text in arguments.positionals.flatMap({ session.runbooks(at: $0) }) {
      check(library.loadRunbook(text, clusters: clusters, systems: systems))
    }
    if arguments.has(.sarif) {
      guard !arguments.has(.json) else { throw UsageError("--json and --sarif are two forms: choose one") }
      session.print(
        sarif(diagnostics, version: Version.text, directory: try currentDirectory()).json())
    } else if arguments.has(.json) {
      for diagnostic in diagnostics { session.print(diagnostic.json.json()) }
    } else if diagnostics.isEmpty {
      session.print("\(count) runbooks checked, nothing found")
    } else {
      session.say(renderDiagnostics(diagnostics, sources: sources, colour: session.paint.isOn))
    }
    return diagnostics.hasErrors ? .invalid : .done
  }

  static let runbooks = Command(
    name: "runbooks", usage: "", summary: "the runbooks there are", flags: [.json]
  ) { arguments, session in
    for entry in session.library.entries() {
      let runbook = session.library.loadRunbook(entry).value?.runbook
      if arguments.has(.json) {
        let value: Value = [
          "format": 1, "name": .string(entry.name.rawValue), "path": .string(entry.path),
          "verb": runbook?.verb.map { .string($0) } ?? .null, "summary": .string(runbook?.summary ?? ""),
          "valid": .bool(runbook != nil),
        ]
        session.print(value.json())
      } else {
        session.print("\(entry.name)  \(runbook?.summary ?? "invalid: see `belay check \(entry.name)`")")
      }
    }
    return .done
  }

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
    session.print("belay \(Version.text)")
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

extension Session {
  /// A name or a file stands for itself, a directory for every runbook in it.
  fileprivate func runbooks(at text: String) -> [String] {
    let inside = RunbookLibrary(directories: [text]).entries().map(\.path)
    return inside.isEmpty ? [text] : inside
  }
}
