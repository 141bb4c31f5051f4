extension Value: Codable {
  /// What is most frequent first: each type that it is not costs a thrown error.
  package init(from decoder: any Decoder) throws {
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self = .null
      return
    }
    if let text = try? single.decode(String.self) {
      self = .string(text)
      return
    }
    if let keyed = try? decoder.container(keyedBy: AnyKey.self) {
      let pairs = try keyed.allKeys.map { ($0.stringValue, try keyed.decode(Value.self, forKey: $0)) }
      self = .object(Object(pairs.sorted { $0.0 < $1.0 }))
      return
    }
    if var list = try? decoder.unkeyedContainer() {
      var elements: [Value] = []
      while !list.isAtEnd { elements.append(try list.decode(Value.self)) }
      self = .array(elements)
      return
    }
    if let flag = try? single.decode(Bool.self) {
      self = .bool(flag)
    } else {
      self = .number(try single.decode(Double.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let object):
      var container = encoder.container(keyedBy: AnyKey.self)
      for (key, value) in object.entries { try container.encode(value, forKey: AnyKey(key)) }
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let flag):
      var container = encoder.singleValueContainer()
      try container.encode(flag)
    case .number(let number):
      var container = encoder.singleValueContainer()
      try container.encode(number)
    case .string(let text):
      var container = encoder.singleValueContainer()
      try container.encode(text)
    }
  }
}

extension Value.Object: Codable {
  package init(from decoder: any Decoder) throws {
    guard case .object(let object) = try Value(from: decoder) else {
      throw DecodingError.typeMismatch(
        Value.Object.self, .init(codingPath: decoder.codingPath, debugDescription: "expected an object"))
    }
    self = object
  }

  package func encode(to encoder: any Encoder) throws { try Value.object(self).encode(to: encoder) }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ text: String) { stringValue = text }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { return nil }
}
