/// Data as JSON knows it: what commands print, what queries compute and what journals hold.
/// Numbers are doubles, as in jq: identifiers wider than 2⁵³ must be read as text.
/// Strings are equal when their bytes are: Swift's own `==` would take two spellings of `é` for one.
package enum Value: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([Value])
  case object(Object)

  package static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): sameBytes(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .number(Double(value)) }
  package init(arrayLiteral elements: Value...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, Value)...) { self = .object(Object(elements)) }
}

extension Value {
  /// A member of an object; nil for anything else.
  package subscript(key: String) -> Value? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  package var stringValue: String? { if case .string(let text) = self { text } else { nil } }
  package var boolValue: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  package var numberValue: Double? { if case .number(let number) = self { number } else { nil } }
  package var arrayValue: [Value]? { if case .array(let array) = self { array } else { nil } }
  package var objectValue: Object? { if case .object(let object) = self { object } else { nil } }
  /// A number that is a whole one and fits.
  package var intValue: Int? { numberValue.flatMap { Int(exactly: $0) } }

  /// `null`, `boolean`, `number`, `string`, `array` or `object`: jq's own words, for messages.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
