package import Model

/// What `belay check` is about: one file, known for what it is.
package enum CheckTarget: Hashable, Sendable {
  /// By its path or its name.
  case runbook(String)
  case system(String)
  case inventory(String)
}

extension RunbookLibrary {
  /// Everything of the library.
  package var checkTargets: [CheckTarget] {
    entries().map { .runbook($0.path) } + systemFiles.map { .system($0) }
  }

  private var systemFiles: [String] {
    directories.flatMap { directory in
      directoryEntries(directory).map { join(join(directory, $0), "system.yaml") }
    }.filter(isFile)
  }
}

/// What stands at a path given to `belay check`. A directory is one of runbooks, of one system or of
/// inventories; what is no path is a runbook's name.
package func checkTargets(at path: String) throws(FileProblem) -> [CheckTarget] {
  guard isDirectory(path) else { return [isFile(path) ? target(path) : .runbook(path)] }
  let library = RunbookLibrary(directories: [path]).checkTargets
  if !library.isEmpty { return library }
  let files = directoryEntries(path).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
  guard !files.isEmpty else {
    throw FileProblem(
      "no-such-file", "the directory \(path) holds no runbook, system or inventory",
      help: "name a file, a system's directory, or the directory that holds those")
  }
  return files.map { target(join(path, $0)) }
}

/// The system in this file, which is called like the directory that its `system.yaml` stands in.
package func loadSystem(path: String) -> LoadResult<ClusterSystem> {
  do throws(FileProblem) {
    let parts = path.split(separator: "/")
    let directory = parts.last == "system.yaml" ? parts.dropLast().last : nil
    let name = directory.flatMap { $0.contains(".") ? nil : SystemName(String($0)) }
    return Loading.loadSystem(try readTextFile(path), name: name)
  } catch {
    return LoadResult(nil, diagnostics: [error.diagnostic()], sources: [])
  }
}

/// A file says what it is by the keys that no other format has; one that says nothing is read as a runbook,
/// whose reader tells what is missing.
private func target(_ path: String) -> CheckTarget {
  if path.split(separator: "/").last == "system.yaml" { return .system(path) }
  guard let file = try? readTextFile(path),
    case .mapping(let entries)? = YAMLReader.read(file, Problems())?.content
  else { return .runbook(path) }
  let keys = Set(entries.map(\.key.value))
  if keys.contains("runbook") || keys.contains("steps") { return .runbook(path) }
  if keys.contains("observe") { return .system(path) }
  return keys.contains("clusters") ? .inventory(path) : .runbook(path)
}
