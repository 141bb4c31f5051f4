import Model
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    #"{"b":1,"a":[true,false,null,"x\ny"],"n":-12.5}"#, "[]", "{}", #""é\u0000""#, "1e+17",
    "0", "[0,10,1234567890,12345678901]", #""a\"\\b""#,
  ])
  func roundTrips(text: String) throws {
    #expect(try JSONReader.parse(text).json() == text)
  }

  @Test(arguments: [
    "", "{", "[1,]", "01", "00", "1.", "+1", "nul", #"{"a" 1}"#, "\"\n\"", #""\x""#, "[1] 2", #""\ud8""#,
  ])
  func refuses(text: String) {
    #expect(throws: JSONError.self) { try JSONReader.parse(text) }
  }

  @Test func boundsItsDepth() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError(message: "nested more than 256 levels deep", offset: 256)) {
      try JSONReader.parse(deep)
    }
  }

  @Test func sortsKeysWhenAsked() {
    let value: Value = ["b": 1, "a": ["d": 1, "c": 2]]
    #expect(value.json(sortedKeys: true) == #"{"a":{"c":2,"d":1},"b":1}"#)
  }
}

@Suite struct SuggestionTests {
  @Test(arguments: [("fiel", "file"), ("rollbak", "rollback"), ("runn", "run"), ("NODE", "node")])
  func findsTheNearWord(typo: String, meant: String) {
    #expect(suggestion(for: typo, among: ["file", "rollback", "run", "node"]) == meant)
  }

  @Test func staysSilentWhenNothingIsNear() {
    #expect(suggestion(for: "zebra", among: ["file", "rollback", "run"]) == nil)
  }
}
