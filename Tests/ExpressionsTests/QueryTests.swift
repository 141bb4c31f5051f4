import Expressions
import Model
import Testing

@Suite struct QueryTests {
  @Test func knowsItsFreeVariables() throws {
    let text =
      "$cluster.members | any(.name == $node.member.\"id\") and ($node[\"a\"].b[0].c // $x) as $y | $y"
    let query = try Query.compile(text)
    #expect(query.variables.map(\.name) == ["cluster", "node", "node", "x"])
    #expect(query.variables.map(\.path) == [["members"], ["member", "id"], ["a", "b"], []])
    let bytes = Array(text.utf8)
    let written = query.variables.map {
      String(decoding: bytes[$0.offset..<$0.offset + $0.length], as: UTF8.self)
    }
    #expect(written == ["$cluster.members", "$node.member.\"id\"", "$node[\"a\"].b", "$x"])
  }

  @Test("texts that look alike are two queries, though one of them was compiled before")
  func tellsBytesApart() throws {
    for text in ["\u{E9}", "e\u{301}"] {
      let value = try Query.compile("\"\(text)\"").firstValue(.null)
      #expect(value.stringValue?.utf8.count == text.utf8.count)
    }
  }

  @Test func bindsWhatItIsGiven() throws {
    let query = try Query.compile("$node.name == .name and ([$each, $nothing] | length) == 2")
    let node: Value = ["name": "n1"]
    #expect(try query.isTrue(node, ["node": node, "each": 1]))
    #expect(try !query.isTrue(["name": "n2"], ["node": node]))
  }

  @Test(arguments: [
    ("empty", false), ("null", false), ("false", false), ("0", true), ("\"\"", true), ("1, false", true),
  ])
  func decidesByTheFirstValue(text: String, isTrue: Bool) throws {
    #expect(try Query.compile(text).isTrue(.null) == isTrue)
  }

  @Test func firstValueLeavesTheRestAlone() throws {
    #expect(try Query.compile("1, error(\"never\")").firstValue(.null) == 1)
    #expect(try Query.compile("empty").firstValue(.null) == .null)
  }

  @Test(arguments: [
    (".a | nope(1)", 5, 4, "there is no function `nope`"),
    ("[1, 2", 5, 1, "the query ends too early: expected ']' to close the array"),
    ("1 + + 2", 4, 1, "unexpected `+`: expected a value"),
    ("$ENV.PATH", 0, 4, "`$ENV` is outside the part of jq that belay evaluates"),
    ("env.PATH", 0, 3, "`env` is outside the part of jq that belay evaluates"),
    ("input", 0, 5, "`input` is outside the part of jq that belay evaluates"),
    ("halt_error", 0, 10, "`halt_error` is outside the part of jq that belay evaluates"),
    ("import \"a\" as a; 1", 0, 6, "`import` is outside the part of jq that belay evaluates"),
    ("label $x | 1", 0, 5, "`label` is outside the part of jq that belay evaluates"),
    (". as [$a] ?// $a | $a", 10, 3, "`?//` is outside the part of jq that belay evaluates"),
    ("map(1; 2)", 0, 3, "`map` does not take 2 arguments"),
    ("\"é\" | 'x'", 7, 1, "''' has no meaning here"),
    ("", 0, 1, "the query is empty"),
  ])
  func saysWhereItDoesNotCompile(text: String, offset: Int, length: Int, message: String) {
    let error = #expect(throws: QueryError.self) { try Query.compile(text) }
    #expect(error?.message == message)
    #expect(error?.offset == offset)
    #expect(error?.length == length)
  }

  @Test func suggestsTheNearName() {
    let error = #expect(throws: QueryError.self) { try Query.compile(".a | selct(.b)") }
    #expect(error?.help == "did you mean `select`?")
  }

  @Test(arguments: [
    (".a + 1", 0, 6, "string (\"x\") and number (1) cannot be added"),
    ("1 | .a", 4, 2, "Cannot index number with string \"a\""),
    ("[1] | map(.b)", 10, 2, "Cannot index number with string \"b\""),
    ("[1, 2] | join({})", 9, 8, "string (\"1\") and object ({}) cannot be added"),
    ("error(\"no\")", 0, 11, "no"),
    ("error({a: 1})", 0, 13, "{\"a\":1} (not a string)"),
  ])
  func saysWhereItFails(text: String, offset: Int, length: Int, message: String) throws {
    let query = try Query.compile(text)
    let error = #expect(throws: QueryError.self) { try query.evaluate(["a": "x"]) }
    #expect(error?.offset == offset)
    #expect(error?.length == length)
    #expect(error?.message == message)
  }

  /// Two spellings of one letter are two keys: what a machine prints is told apart byte by byte.
  @Test func comparesStringsByBytes() throws {
    let composed = "\u{E9}"
    let decomposed = "e\u{301}"
    let object: Value = .object([composed: 1, decomposed: 2])
    #expect(try Query.compile("length, keys[0]").evaluate(object) == [2, .string(decomposed)])
    #expect(try Query.compile(".[0] == .[1]").evaluate([.string(composed), .string(decomposed)]) == [false])
  }

  @Test func everyDefinitionOfItsOwnCompiles() throws {
    for name in ["paths", "leaf_paths", "combinations", "todate", "fromdate", "values", "finites", "normals"]
    {
      _ = try Query.compile("\(name)?").evaluate([1, [2]])
    }
  }
}
