/// A decoder with nothing to decode from: it writes down what a type asks it for.
final class MemberRecorder: Decoder {
  private let types: TypeSchema
  /// Of an enum: the case that it is told to be.
  fileprivate let caseName: String?
  private var single: Value.Object?
  private var members = Value.Object()
  private var required: [Value] = []
  private var payloads: [(name: String, recorder: MemberRecorder)] = []

  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init(_ types: TypeSchema, caseName: String? = nil) {
    self.types = types
    self.caseName = caseName
  }

  /// Of what was asked for.
  var schema: Value.Object {
    if let single { return single }
    var members = members
    var required = required
    for (name, recorder) in payloads {
      members[name] = .object(recorder.schema)
      required.append(.string(name))
    }
    var schema: Value.Object = ["type": "object", "properties": .object(members)]
    if !required.isEmpty { schema["required"] = .array(required) }
    if types.isClosed { schema["additionalProperties"] = false }
    return schema
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(RecordedMembers<Key>(recorder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw TypeSchema.Unknown(description: "a list that is no array of its own")
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { RecordedValue(recorder: self) }

  fileprivate func member<Subject: Decodable>(
    _ name: String, _ type: Subject.Type, isOptional: Bool
  ) throws -> Subject {
    let known = try types.learn(type)
    members[name] = .object(known.schema)
    if !isOptional { required.append(.string(name)) }
    return known.placeholder
  }

  fileprivate func value<Subject: Decodable>(_ type: Subject.Type) throws -> Subject {
    let known = try types.learn(type)
    single = known.schema
    return known.placeholder
  }

  fileprivate func payload(_ name: String) -> MemberRecorder {
    let recorder = MemberRecorder(types)
    payloads.append((name, recorder))
    return recorder
  }
}

private struct RecordedMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let recorder: MemberRecorder
  let codingPath: [any CodingKey] = []

  var allKeys: [Key] { recorder.caseName.flatMap { Key(stringValue: $0) }.map { [$0] } ?? [] }
  func contains(_ key: Key) -> Bool { true }
  func decodeNil(forKey key: Key) -> Bool { false }

  func decode<Subject: Decodable>(_ type: Subject.Type, forKey key: Key) throws -> Subject {
    try recorder.member(key.stringValue, type, isOptional: false)
  }

  func decodeIfPresent<Subject: Decodable>(_ type: Subject.Type, forKey key: Key) throws -> Subject? {
    try recorder.member(key.stringValue, type, isOptional: true)
  }

  // The standard library has functions of its own for these, which would ask for a member outright.
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try recorder.member(key.stringValue, type, isOptional: true)
  }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    try recorder.member(key.stringValue, type, isOptional: true)
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    try recorder.member(key.stringValue, type, isOptional: true)
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    try recorder.member(key.stringValue, type, isOptional: true)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedDecodingContainer<Nested> {
    recorder.payload(key.stringValue).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try recorder.unkeyedContainer()
  }

  func superDecoder() -> any Decoder { recorder }
  func superDecoder(forKey key: Key) -> any Decoder { recorder.payload(key.stringValue) }
}

private struct RecordedValue: SingleValueDecodingContainer {
  let recorder: MemberRecorder
  let codingPath: [any CodingKey] = []

  func decodeNil() -> Bool { false }
  func decode<Subject: Decodable>(_ type: Subject.Type) throws -> Subject { try recorder.value(type) }
}
