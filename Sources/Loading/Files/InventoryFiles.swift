package import Model

/// Loads the inventories at these paths; a directory stands for the YAML files in it.
package func loadInventory(paths: [String], home: String?) -> LoadResult<Inventory> {
  var files: [SourceFile] = []
  let problems = Problems()
  for path in paths {
    do throws(FileProblem) {
      for file in try inventoryFiles(path) where !files.contains(where: { $0.path == file }) {
        files.append(try readTextFile(file))
      }
    } catch {
      problems.report(error.diagnostic())
    }
  }
  let loaded = loadInventory(files, home: home)
  return LoadResult(
    loaded.value, diagnostics: problems.sorted() + loaded.diagnostics, sources: loaded.sources)
}

private func inventoryFiles(_ path: String) throws(FileProblem) -> [String] {
  guard isDirectory(path) else {
    guard isFile(path) else {
      let siblings = directoryEntries(parent(of: path).isEmpty ? "." : parent(of: path))
      let name = path.split(separator: "/").last.map(String.init) ?? path
      throw FileProblem(
        "no-such-file", "there is no inventory \(path)",
        help: didYouMean(name, among: siblings) ?? "name one with -i, or set BELAY_INVENTORY")
    }
    return [path]
  }
  let files = directoryEntries(path).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
  guard !files.isEmpty else {
    throw FileProblem(
      "no-such-file", "the directory \(path) holds no inventory", help: "add a .yaml file to it")
  }
  return files.map { join(path, $0) }
}
