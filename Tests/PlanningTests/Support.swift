import Glibc
import Loading
import Model
import Platform
import Testing

private let here = Path.parent(of: #filePath)

func fixturePath(_ name: String) -> String { "\(here)/Fixtures/\(name)" }

/// The runbooks that belay ships.
let shippedRunbooks = Path.normalized("../../runbooks", from: here)

/// Compares with a recorded text. A missing one is written and the test fails, so that someone reads it.
func expectGolden(_ actual: String, _ name: String, form: String = "txt") throws {
  let path = fixturePath("\(name).\(form)")
  guard let expected = try? readTextFile(path).text else {
    try replaceFile(path, with: Array(actual.utf8), mode: 0o644)
    Issue.record("recorded \(name).\(form): read it, then run the tests again")
    return
  }
  #expect(actual == expected, "\(name).\(form)")
}
