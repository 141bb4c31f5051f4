import Glibc
import TestSupport
import Testing

@Suite struct BranchesTests {
  @Test func eachBranchTellsHowItCameOut() {
    let branches = Branches()
    var way: [String] = ["trunk"]
    for name in ["a", "b"] where branches.branch() {
      way = [name]
      if branches.branch() { way.append("of it") }
      break
    }
    let reports = branches.conclude(
      Branches.Report(hasFailed: way.count > 1, text: way.joined(separator: " ")))
    #expect(reports.map(\.text) == ["a of it", "a", "b of it", "b", "trunk"])
    #expect(reports.map(\.hasFailed) == [true, false, true, false, false])
  }

  @Test func aBranchThatBreaksOffHasFailed() {
    let branches = Branches()
    if branches.branch() { _exit(3) }
    let reports = branches.conclude(Branches.Report(hasFailed: false, text: "trunk"))
    #expect(reports.map(\.hasFailed) == [true, false])
  }
}
