import Model
import Platform
import TestSupport
import Testing

/// `belay quorum`: what is promised of the stream. Which verdict a view gets is the guards' own tests' to say.
@Suite struct QuorumCommandTests {
  private static let members = """
    [{"name":"n1","voter":true,"state":"healthy","leader":true},{"name":"n2","voter":true,"state":"healthy"},\
    {"name":"n3","voter":true,"state":"healthy"}]
    """

  private static func view(_ target: String = "n3", _ operation: String = "stop") -> String {
    #"{"operation":"\#(operation)","target":"\#(target)","members":\#(members)}"#
  }

  private func judge(_ input: String) throws -> (exit: Int32, verdicts: [Value], output: String) {
    try judge(Array(input.utf8))
  }

  private func judge(_ input: [UInt8]) throws -> (exit: Int32, verdicts: [Value], output: String) {
    let scratch = ScratchDirectory()
    let result = try MeasuredProgram.run(["quorum"], input: try scratch.write(input, to: "views"))
    let verdicts = result.output.split(separator: "\n").compactMap { try? JSONReader.parse(String($0)) }
    return (result.exit, verdicts, result.output)
  }

  private func said(_ verdicts: [Value]) -> [String] { verdicts.compactMap { $0["verdict"]?.stringValue } }

  private static let streams: [(String, Int32, [String])] = [
    (view(), 0, ["allow"]), (view() + "\n", 0, ["allow"]),
    (view() + "\r\n\r\n \t\n" + view(), 0, ["allow", "allow"]),
    (view() + "\n" + view("n1"), 4, ["allow", "transfer-first"]),
    (view("n9") + "\n" + view(), 4, ["refuse", "allow"]),
    (view("n1") + "\n" + view("n9"), 4, ["transfer-first", "refuse"]),
  ]

  @Test(arguments: streams)
  func oneVerdictALineAndZeroOnlyWhenAllAreAllowed(input: String, exit: Int32, verdicts: [String]) throws {
    let result = try judge(input)
    #expect(result.exit == exit && said(result.verdicts) == verdicts, "\(result.output)")
  }

  @Test func aVerdictHasTheseFieldsAndNoOthers() throws {
    let verdict = try #require(try judge(Self.view()).verdicts.first?.objectValue)
    let fields = ["verdict", "reason", "voters", "healthy", "quorum_before", "quorum_after", "margin"]
    #expect(Set(verdict.keys) == Set(fields))
    #expect(fields.dropFirst(2).map { verdict[$0]?.intValue } == [3, 3, 2, 2, 0])
  }

  @Test func noViewAtAllAllowsNothing() throws {
    for input in ["", "\n\n", " \t\r\n"] {
      let result = try judge(input)
      #expect(
        result.exit == 4 && result.verdicts.isEmpty && result.output.contains("no view"), "\(result.output)")
    }
  }

  /// As `jq .` or an editor leaves it.
  @Test func aViewMayTakeSeveralLines() throws {
    let pretty = """
      {
        "operation": "stop", "target": "n3",
        "members": \(Self.members)
      }
      """
    let result = try judge(pretty + "\n" + pretty + "\n" + Self.view("n9"))
    #expect(said(result.verdicts) == ["allow", "allow", "refuse"], "\(result.output)")
    let misspelt = try judge(Self.view() + "\n" + pretty.replacing("\"n3\"", with: "5"))
    #expect(
      misspelt.output.contains("line 3, column 24: target must be a member's name"), "\(misspelt.output)")
    let cut = try judge("{\n\"operation\": \"stop\",\n" + Self.view())
    #expect(said(cut.verdicts) == ["refuse", "allow"], "what was cut off takes nothing along: \(cut.output)")
  }

  private static let brokenLines: [(String, String)] = [
    ("nonsense", "line 2, column 1: not a JSON value"),
    ("{\"é\": tru}", "line 2, column 7: not a JSON value"),
    (String(view().dropLast(20)), "line 2, column 176: "), ("[]", "line 2, column 1: a view is an object"),
    ("null", "line 2, column 1"), (view("n3", "stopp"), "line 2, column 2: operation must be one of"),
    (view("n3", "stopp"), "did you mean \"stop\"?"),
    (view(""), "line 2, column 21: target must be a member's name"),
    (#"{"operation":"stop","target":"n3","members":{}}"#, "line 2, column 35: members must be a list"),
    (#"{"operation":"stop","target":"n3","members":[{}]}"#, "column 35: member 1 needs name"),
    (view().replacing("\"leader\":true", with: "\"leader\":\"no\""), "member 1 needs name"),
    (view().replacing("\"healthy\"", with: "\"well\""), "member 1 needs name"),
    (String(view().dropLast()) + ",\"learner_caught_up\":\"yes\"}", "learner_caught_up is true or false"),
    ("\u{0}", "line 2, column 1"), (String(repeating: "[", count: 5000), "nested more than 256 levels deep"),
    (String(repeating: "x", count: 1 << 20 + 1), "line 2, column 1: the line is longer than 1 MiB"),
  ]

  @Test(arguments: brokenLines)
  func aBrokenLineIsNamedAndKeepsTheOrder(line: String, says: String) throws {
    let result = try judge([Self.view(), line, Self.view("n1")].joined(separator: "\n"))
    #expect(
      result.exit == 4 && said(result.verdicts) == ["allow", "refuse", "transfer-first"], "\(result.output)")
    #expect(result.verdicts[1]["reason"]?.stringValue?.contains(says) == true, "\(result.verdicts[1])")
    #expect(result.verdicts[1]["voters"] == .null && result.output.contains("1 of 3 could not be read"))
  }

  @Test func bytesThatAreNoTextAreToldWithoutHarm() throws {
    let broken = Array(Self.view().utf8).map { $0 == UInt8(ascii: "3") ? 0xFF : $0 }
    let result = try judge(broken + [10, 0xFF, 0xFE, 10] + Array(Self.view().utf8))
    #expect(result.exit == 4 && said(result.verdicts) == ["allow", "refuse", "allow"], "\(result.output)")
  }

  /// Ten times as many lines, and one of 24 MiB, take no more memory.
  @Test func anEndlessStreamTakesBoundedMemory() throws {
    let scratch = ScratchDirectory()
    func peak(lines: Int, _ more: String) throws -> Double {
      let text = String(repeating: Self.view() + "\n", count: lines) + more
      let result = try MeasuredProgram.run(["quorum"], input: try scratch.write(text, to: "views"))
      #expect(result.output.split(separator: "\n").count { $0.hasPrefix("{\"verdict\":\"allow\"") } == lines)
      return result.peakMiB
    }
    let few = try peak(lines: 200, "")
    let many = try peak(lines: 3000, "")
    let huge = try peak(lines: 200, String(repeating: "y", count: 24 << 20) + "\n" + Self.view("n9"))
    #expect(many < few + 8 && huge < few + 12, "\(few), \(many) and \(huge) MiB")
  }
}
