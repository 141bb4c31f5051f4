import Loading
import Model
import Platform
import Report

extension Command {
  static let check = Command(
    name: "check", usage: "[PATH|RUNBOOK…]",
    summary: "find everything wrong with runbooks, systems and inventories, before a run does",
    flags: [.inventory, .json, .sarif, .rules]
  ) { arguments, session in
    if arguments.has(.rules) { return session.listRules(json: arguments.has(.json)) }
    guard !arguments.has(.sarif) || !arguments.has(.json) else {
      throw UsageError("--json and --sarif are two forms: choose one")
    }
    var check = Check()
    check.find(arguments, session)
    let diagnostics = check.diagnostics
    if arguments.has(.sarif) {
      session.print(sarif(diagnostics, version: Version.text, directory: try currentDirectory()).json())
    } else if arguments.has(.json) {
      for diagnostic in diagnostics { session.print(diagnostic.json.json()) }
    } else if diagnostics.isEmpty {
      session.print("\(check.counted) checked, nothing found")
    } else {
      session.say(renderDiagnostics(diagnostics, sources: check.sources, colour: session.paint.isOn))
    }
    return diagnostics.hasErrors ? .invalid : .done
  }
}

/// What was found so far, and in what.
private struct Check {
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var sources: [SourceFile] = []
  private var seen: Set<Diagnostic> = []
  private var runbooks = 0
  private var systems = 0
  private var inventories = 0

  var counted: String {
    let parts = [(runbooks, "runbook"), (systems, "system"), (inventories, "inventory")]
    let texts = parts.filter { $0.0 > 0 }.map { count, noun in
      count == 1 ? "1 \(noun)" : "\(count) \(noun == "inventory" ? "inventories" : "\(noun)s")"
    }
    return texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
  }

  mutating func find(_ arguments: Arguments, _ session: Session) {
    let library = session.library
    let words = arguments.positionals
    let targets = words.isEmpty ? library.checkTargets : targets(at: words)
    let named = targets.compactMap { if case .inventory(let path) = $0 { path } else { nil } }
    // Runbooks are checked against the clusters that they may meet.
    let paths = named.isEmpty ? session.inventoryPaths(arguments) : arguments.values(.inventory) + named
    var clusters: [Cluster]?
    if !paths.isEmpty {
      let inventory = loadInventory(paths: paths, home: session.home)
      take(inventory)
      clusters = inventory.value?.clusters
      inventories = inventory.sources.count
    }
    let cache = SystemCache()
    for target in targets {
      switch target {
      case .runbook(let text):
        runbooks += 1
        take(library.loadRunbook(text, clusters: clusters, systems: cache))
      case .system(let path):
        systems += 1
        take(loadSystem(path: path))
      case .inventory: break
      }
    }
  }

  private mutating func targets(at paths: [String]) -> [CheckTarget] {
    var targets: [CheckTarget] = []
    for path in paths {
      do throws(FileProblem) {
        targets += try checkTargets(at: path)
      } catch {
        diagnostics.append(error.diagnostic())
      }
    }
    return targets
  }

  private mutating func take<T>(_ result: LoadResult<T>) {
    let new = result.diagnostics.filter { seen.insert($0).inserted }
    diagnostics += new
    // Only what will be shown: the texts of hundreds of good runbooks are not kept.
    let shown = Set(new.flatMap { [$0.location?.file] + $0.notes.map { $0.location?.file } })
    sources += result.sources.filter { source in
      shown.contains(source.path) && !sources.contains { $0.path == source.path }
    }
  }
}
