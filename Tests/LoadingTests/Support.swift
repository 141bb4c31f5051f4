import Glibc
import Loading
import Model
import Testing

private let fixtures: String = {
  let here = #filePath
  return String(here[..<(here.lastIndex(of: "/") ?? here.endIndex)]) + "/Fixtures"
}()

/// A fixture as a source file called only by its name, so that golden texts hold no machine's paths.
func fixture(_ name: String) throws -> SourceFile {
  SourceFile(path: name, text: try readTextFile("\(fixtures)/\(name)").text)
}

/// The fixtures in a folder that have a golden text beside them, or should have.
func fixtureNames(in folder: String) -> [String] {
  guard let directory = unsafe opendir("\(fixtures)/\(folder)") else { return [] }
  defer { unsafe closedir(directory) }
  var names: [String] = []
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name.hasSuffix(".yaml") { names.append("\(folder)/\(name)") }
  }
  return names.sorted()
}

/// Compares with `<name>.expected`. A missing one is written and the test fails, so that someone reads it.
func expectGolden(_ actual: String, _ name: String) throws {
  let path = "\(fixtures)/\(name).expected"
  guard let expected = try? readTextFile(path).text else {
    guard let file = unsafe fopen(path, "w") else {
      Issue.record("cannot write \(path)")
      return
    }
    _ = unsafe fputs(actual, file)
    _ = unsafe fclose(file)
    Issue.record("recorded \(name).expected: read it, then run the tests again")
    return
  }
  #expect(actual == expected, "\(name)")
}
