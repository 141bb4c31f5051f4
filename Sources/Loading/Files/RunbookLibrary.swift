package import Model

/// Where runbooks, systems and templates are found: `<directory>/<system>/<name>.yaml`, the first directory
/// that has it wins.
package struct RunbookLibrary: Sendable {
  package let directories: [String]

  package init(directories: [String]) { self.directories = directories }

  package struct Entry: Hashable, Sendable {
    package let name: RunbookName
    package let path: String
  }

  /// Every runbook that can be found, sorted by name.
  package func entries() -> [Entry] {
    var found: [RunbookName: String] = [:]
    for directory in directories {
      for system in directoryEntries(directory) where isDirectory(join(directory, system)) {
        for file in directoryEntries(join(directory, system)) {
          guard file.hasSuffix(".yaml"), file != "system.yaml" else { continue }
          let name = RunbookName("\(system)/\(file.dropLast(5))")
          let path = join(join(directory, system), file)
          if found[name] == nil { found[name] = path }
        }
      }
    }
    return found.map { Entry(name: $0.key, path: $0.value) }.sorted { $0.name < $1.name }
  }

  /// Loads a runbook, its templates and its system. `text` is a name such as `etcd/add-node`, or a path.
  /// `clusters` are those it may run on, when that is known: their variables are checked too.
  /// `systems` keeps what many runbooks share.
  package func loadRunbook(
    _ text: String, clusters: [Cluster]? = nil, systems: SystemCache = SystemCache()
  ) -> LoadResult<LoadedRunbook> {
    loadRunbook(clusters, CallTree(systems)) { () throws(FileProblem) in try locate(text) }
  }

  /// Loads one of `entries()`, without looking for it again.
  package func loadRunbook(
    _ entry: Entry, clusters: [Cluster]? = nil, systems: SystemCache = SystemCache()
  ) -> LoadResult<LoadedRunbook> {
    loadRunbook(clusters, CallTree(systems)) { () throws(FileProblem) in
      Place(path: entry.path, name: entry.name)
    }
  }

  private func loadRunbook(
    _ clusters: [Cluster]?, _ calls: CallTree, at find: () throws(FileProblem) -> Place
  ) -> LoadResult<LoadedRunbook> {
    do throws(FileProblem) {
      let place = try find()
      let file = try readTextFile(place.path)
      if let result = try calls.enter(place.path) { return result }
      let result = load(file, place, clusters, calls)
      calls.leave(with: result)
      return result
    } catch {
      let problems = Problems()
      problems.report(error.diagnostic())
      return LoadResult(nil, problems, sources: [])
    }
  }

  package func loadSystem(_ name: SystemName) -> LoadResult<ClusterSystem> {
    loadSystem(name, in: directories.map { join($0, name.rawValue) })
  }

  private func loadSystem(_ name: SystemName, in homes: [String]) -> LoadResult<ClusterSystem> {
    let paths = homes.map { join($0, "system.yaml") }
    do throws(FileProblem) {
      guard let path = paths.first(where: isFile) else {
        let known = directories.flatMap(directoryEntries).sorted()
        throw FileProblem(
          "no-such-system", "there is no system \"\(name)\": no file \(paths.joined(separator: " or "))",
          help: didYouMean(name.rawValue, among: known))
      }
      return Loading.loadSystem(try readTextFile(path), name: name)
    } catch {
      let problems = Problems()
      problems.report(error.diagnostic())
      return LoadResult(nil, problems, sources: [])
    }
  }

  private func load(
    _ file: SourceFile, _ place: Place, _ clusters: [Cluster]?, _ calls: CallTree
  ) -> LoadResult<LoadedRunbook> {
    let system = place.name?.system.map { name in
      calls.systems.system(homes(of: place)) { loadSystem(name, in: $0) }
    }
    let runbook = Loading.loadRunbook(
      file, name: place.name,
      templates: { name throws(FileProblem) in try template(name, place) },
      files: { name throws(FileProblem) in try shippedFile(name, place) },
      runbooks: { name in
        loadRunbook(clusters, calls) { () throws(FileProblem) in
          if let beside = neighbour(name, of: place) { return beside }
          return try locate(name)
        }
      },
      context: RunbookContext(system: system?.value, clusters: clusters))
    let known = system?.value
    // A run is on one cluster, whose dialect it speaks; a check that knows of several speaks the first.
    let dialect = clusters.flatMap { $0.count == 1 ? $0[0].dialect?.value : nil }
    return LoadResult(
      runbook.value.map { LoadedRunbook(runbook: $0, system: known?.speaking(dialect) ?? known) },
      diagnostics: runbook.diagnostics + (system?.diagnostics ?? [])
        + (known.map { dialectRule($0, clusters ?? []) } ?? []),
      sources: runbook.sources
        + (system?.sources ?? []).filter { source in
          !runbook.sources.contains { $0.path == source.path }
        })
  }

  // MARK: Finding

  private struct Place {
    var path: String
    /// Nil for a file outside any system's directory.
    var name: RunbookName?
  }

  private func locate(_ text: String) throws(FileProblem) -> Place {
    if text.hasSuffix(".yaml") || text.hasSuffix(".yml") || text.hasPrefix("/") || text.hasPrefix(".") {
      return Place(path: text, name: nameFromPath(text))
    }
    let known = entries()
    if let entry = known.first(where: { $0.name.rawValue == text }) {
      return Place(path: entry.path, name: entry.name)
    }
    let names = known.map(\.name.rawValue)
    let searched = directories.joined(separator: ", ")
    let sameName = names.first { $0.hasSuffix("/\(text)") }
    throw FileProblem(
      "no-such-runbook", "there is no runbook \(quoted(text)) in \(searched)",
      help: sameName.map { "did you mean \"\($0)\"?" } ?? didYouMean(text, among: names)
        ?? "`belay runbooks` lists those there are")
  }

  /// What a runbook uses is looked for beside it first, as its templates are.
  private func neighbour(_ text: String, of caller: Place) -> Place? {
    let name = RunbookName(text)
    guard let system = name.system, system == caller.name?.system, let last = text.split(separator: "/").last
    else { return nil }
    let path = join(parent(of: caller.path), "\(last).yaml")
    return isFile(path) ? Place(path: path, name: name) : nil
  }

  /// `x/etcd/add-node.yaml` is `etcd/add-node` when `x/etcd` is a system's directory.
  private func nameFromPath(_ path: String) -> RunbookName? {
    let directory = parent(of: path)
    guard isFile(join(directory, "system.yaml")), let system = directory.split(separator: "/").last,
      let file = path.split(separator: "/").last, let dot = file.lastIndex(of: ".")
    else { return nil }
    return RunbookName("\(system)/\(file[..<dot])")
  }

  /// The directories a runbook's system and templates may be in: its own comes first.
  private func homes(of place: Place) -> [String] {
    let own = parent(of: place.path)
    guard let system = place.name?.system?.rawValue else { return [own] }
    return [own] + directories.map { join($0, system) }.filter { $0 != own }
  }

  /// A file to be copied to nodes, beside the runbook or in one of its system's directories.
  private func shippedFile(_ name: String, _ place: Place) throws(FileProblem) -> String {
    if name.hasPrefix("/") { return name }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == ".." || $0 == "." }) else {
      throw FileProblem(
        "bad-path", "a file to copy is named by its path from the runbook's directory on, without . and ..")
    }
    let folders = homes(of: place)
    guard let path = folders.map({ join($0, name) }).first(where: isFile) else {
      let near = didYouMean(name, among: directoryEntries(join(folders[0], "files")).map { "files/\($0)" })
      throw FileProblem("no-such-file", "there is no file \(quoted(name)) in \(folders[0])", help: near)
    }
    return path
  }

  private func template(_ name: String, _ place: Place) throws(FileProblem) -> SourceFile {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == ".." || $0 == "." }) else {
      throw FileProblem(
        "bad-template", "a template is named by its path inside templates/, without . and ..")
    }
    let folders = homes(of: place).map { join($0, "templates") }
    guard let path = folders.map({ join($0, name) }).first(where: isFile) else {
      throw FileProblem(
        "no-such-template", "there is no template \(quoted(name)) in \(folders[0])",
        help: didYouMean(name, among: folders.flatMap(directoryEntries)))
    }
    return try readTextFile(path)
  }
}

/// The runbooks that use one another during one load: each is read once, and none may use itself.
private final class CallTree {
  let systems: SystemCache
  private var open: [String] = []
  private var done: [String: LoadResult<LoadedRunbook>] = [:]

  init(_ systems: SystemCache) { self.systems = systems }

  /// The result, when it is known already.
  func enter(_ path: String) throws(FileProblem) -> LoadResult<LoadedRunbook>? {
    if let result = done[path] { return result }
    guard !open.contains(path) else {
      throw FileProblem("cycle", "it uses itself, directly or through others")
    }
    guard open.count < 8 else { throw FileProblem("too-deep", "runbooks use one another too deep") }
    open.append(path)
    return nil
  }

  func leave(with result: LoadResult<LoadedRunbook>) {
    if let path = open.popLast() { done[path] = result }
  }
}

/// A runbook with the system it belongs to.
package struct LoadedRunbook: Sendable {
  package let runbook: Runbook
  /// Nil for a runbook outside any system.
  package let system: ClusterSystem?

  package init(runbook: Runbook, system: ClusterSystem?) {
    self.runbook = runbook
    self.system = system
  }
}
