/// The JSON Schema of what a type encodes to, found out by decoding it from nothing: each member that it asks for is
/// written down and given a placeholder. So a member added to a plan or to an event is in its schema too.
package struct TypeSchema {
  /// A schema, and a value of the type for whoever holds one.
  package typealias Known<Subject> = (schema: Value.Object, placeholder: Subject)

  /// Whether objects have no members but those known here.
  package let isClosed: Bool
  private let depth: Int
  /// Deeper than any of our types: one that contains itself ends here.
  private static let depthLimit = 32

  package init(isClosed: Bool) { self.init(isClosed: isClosed, depth: 0) }

  private init(isClosed: Bool, depth: Int) {
    self.isClosed = isClosed
    self.depth = depth
  }

  package struct Unknown: Error, CustomStringConvertible {
    package var description: String
  }

  package func schema(of type: (some Decodable).Type) throws -> Value.Object { try learn(type).schema }

  package func learn<Subject: Decodable>(_ type: Subject.Type) throws -> Known<Subject> {
    guard depth < Self.depthLimit else { throw Unknown(description: "\(type) contains itself") }
    let inner = TypeSchema(isClosed: isClosed, depth: depth + 1)
    if let described = type as? any SchemaDescribed.Type, let known = try inner.ask(described, as: type) {
      return known
    }
    if let words = type as? any CaseIterable.Type, let known = inner.words(words, as: type) { return known }
    let names = (type as? any SchemaCases.Type)?.caseNames
    let shapes = try (names.map { $0.map { $0 } } ?? [nil]).map { (name: String?) -> Known<Subject> in
      let members = MemberRecorder(inner, caseName: name)
      do {
        let value = try Subject(from: members)
        return (members.schema, value)
      } catch is DecodingError {
        throw Unknown(
          description: name.map { "\(type) has no case \($0)" }
            ?? "\(type) does not decode from nothing; an enum has to list its cases (SchemaCases)")
      }
    }
    guard let first = shapes.first else { throw Unknown(description: "\(type) has no cases") }
    if shapes.count == 1 { return first }
    return (["anyOf": .array(shapes.map { .object($0.schema) })], first.placeholder)
  }

  private func ask<Described: SchemaDescribed, Subject>(
    _ described: Described.Type, as type: Subject.Type
  ) throws -> Known<Subject>? {
    guard let placeholder = Described.placeholder as? Subject else { return nil }
    return (try Described.schema(self), placeholder)
  }

  /// An enum of words.
  private func words<Words: CaseIterable, Subject>(_ words: Words.Type, as type: Subject.Type) -> Known<
    Subject
  >? {
    let names = Words.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    guard let first = Words.allCases.first as? Subject, names.count == Words.allCases.count else {
      return nil
    }
    return (["enum": .array(names.map { .string($0) })], first)
  }
}

/// An enum with values: Swift's own coding of one names its case, and only the case that is there.
package protocol SchemaCases {
  static var caseNames: [String] { get }
}

/// A type that says itself what it encodes to.
package protocol SchemaDescribed {
  static func schema(_ types: TypeSchema) throws -> Value.Object
  static var placeholder: Self { get }
}

extension String: SchemaDescribed {
  package static func schema(_: TypeSchema) -> Value.Object { ["type": "string"] }
  package static var placeholder: String { "" }
}

extension Bool: SchemaDescribed {
  package static func schema(_: TypeSchema) -> Value.Object { ["type": "boolean"] }
  package static var placeholder: Bool { false }
}

extension Int: SchemaDescribed {
  package static func schema(_: TypeSchema) -> Value.Object { ["type": "integer"] }
  package static var placeholder: Int { 0 }
}

extension Double: SchemaDescribed {
  package static func schema(_: TypeSchema) -> Value.Object { ["type": "number"] }
  package static var placeholder: Double { 0 }
}

extension Value: SchemaDescribed {
  package static func schema(_: TypeSchema) -> Value.Object { [:] }
  package static var placeholder: Value { .null }
}

extension Value.Object: SchemaDescribed {
  package static func schema(_: TypeSchema) -> Value.Object { ["type": "object"] }
  package static var placeholder: Value.Object { [:] }
}

extension Array: SchemaDescribed where Element: Decodable {
  package static func schema(_ types: TypeSchema) throws -> Value.Object {
    ["type": "array", "items": .object(try types.schema(of: Element.self))]
  }
  package static var placeholder: [Element] { [] }
}

extension Dictionary: SchemaDescribed where Key == String, Value: Decodable {
  package static func schema(_ types: TypeSchema) throws -> Model.Value.Object {
    ["type": "object", "additionalProperties": .object(try types.schema(of: Value.self))]
  }
  package static var placeholder: [String: Value] { [:] }
}

extension Optional: SchemaDescribed where Wrapped: Decodable {
  package static func schema(_ types: TypeSchema) throws -> Value.Object {
    ["anyOf": [["type": "null"], .object(try types.schema(of: Wrapped.self))]]
  }
  package static var placeholder: Wrapped? { nil }
}
