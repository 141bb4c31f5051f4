/// Data as JSON knows it: what commands print, what queries compute and what journals hold.
/// Numbers are doubles, as in jq: identifiers wider than 2⁵³ must be read as text.
package enum Value: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([Value])
  case object(Object)

  /// Keys keep the order in which they were written; equality ignores it.
  package struct Object: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var keys: [String]
    private var storage: [String: Value]

    package init() {
      keys = []
      storage = [:]
    }

    package init(dictionaryLiteral elements: (String, Value)...) {
      self.init(elements)
    }

    /// A later duplicate key wins and keeps the first one's place.
    package init(_ elements: some Sequence<(String, Value)>) {
      self.init()
      for (key, value) in elements { self[key] = value }
    }

    package subscript(key: String) -> Value? {
      get { storage[key] }
      set {
        if let newValue {
          if storage.updateValue(newValue, forKey: key) == nil { keys.append(key) }
        } else if storage.removeValue(forKey: key) != nil {
          keys.removeAll { $0 == key }
        }
      }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }
    package var entries: some Sequence<(key: String, value: Value)> {
      keys.lazy.map { (key: $0, value: storage[$0] ?? .null) }
    }

    package static func == (a: Self, b: Self) -> Bool { a.storage == b.storage }
    package func hash(into hasher: inout Hasher) { hasher.combine(storage) }
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
