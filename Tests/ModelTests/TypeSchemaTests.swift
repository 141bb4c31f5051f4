import Model
import Testing

@Suite struct TypeSchemaTests {
  private struct Outer: Codable {
    enum Word: String, Codable, CaseIterable { case one, two }
    enum Choice: Codable, SchemaCases {
      case empty
      case pair(Int, name: String?)
      static let caseNames = ["empty", "pair"]
    }
    var word: Word
    var choice: Choice
    var list: [Double]
    var table: [String: String?]
    var perhaps: Bool?
    var any: Value
  }

  @Test func followsTheType() throws {
    let empty: Value = ["type": "object", "properties": [:], "additionalProperties": false]
    let pair: Value = [
      "type": "object", "properties": ["_0": ["type": "integer"], "name": ["type": "string"]],
      "required": ["_0"], "additionalProperties": false,
    ]
    func choice(_ name: String, _ payload: Value) -> Value {
      [
        "type": "object", "properties": .object([name: payload]), "required": [.string(name)],
        "additionalProperties": false,
      ]
    }
    #expect(
      try Value.object(TypeSchema(isClosed: true).schema(of: Outer.self)) == [
        "type": "object",
        "properties": [
          "word": ["enum": ["one", "two"]],
          "choice": ["anyOf": [choice("empty", empty), choice("pair", pair)]],
          "list": ["type": "array", "items": ["type": "number"]],
          "table": [
            "type": "object", "additionalProperties": ["anyOf": [["type": "null"], ["type": "string"]]],
          ], "perhaps": ["type": "boolean"], "any": [:],
        ], "required": ["word", "choice", "list", "table", "any"], "additionalProperties": false,
      ])
  }

  private enum Unlisted: Codable { case x(Int) }
  private enum Misspelt: Codable, SchemaCases {
    case right
    static let caseNames = ["wrong"]
  }
  private final class Endless: Codable {
    let other: Endless?; init() { other = nil }
  }

  @Test func saysWhatItCannotFindOut() {
    let types = TypeSchema(isClosed: false)
    #expect(throws: TypeSchema.Unknown.self) { try types.schema(of: Unlisted.self) }
    #expect(throws: TypeSchema.Unknown.self) { try types.schema(of: Misspelt.self) }
    #expect(throws: TypeSchema.Unknown.self) { try types.schema(of: Endless.self) }
  }
}
