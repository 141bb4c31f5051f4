import Glibc
import Loading
import Model
import Testing

@Suite struct LintPageTests {
  @Test func thePageSaysWhatTheRulesSay() throws {
    let here = #filePath
    let root = here.ranges(of: "/Tests/").last.map { here[..<$0.lowerBound] } ?? here[...]
    let path = "\(root)/docs/lint.md"
    if let page = try? readTextFile(path).text {
      #expect(page == lintPage(), "docs/lint.md is not what the rules say: remove it and run the tests again")
      return
    }
    guard let file = unsafe fopen(path, "w") else {
      Issue.record("cannot write \(path)")
      return
    }
    _ = unsafe fputs(lintPage(), file)
    _ = unsafe fclose(file)
    Issue.record("docs/lint.md is written anew: read it, then run the tests again")
  }
}
