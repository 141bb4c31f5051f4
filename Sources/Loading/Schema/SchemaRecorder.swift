import Model

/// Learns what a format's readers accept by letting them read a document that is not there: what they ask each of its
/// places for is kept as JSON Schema. The code that reads stays the only definition of a format; a key that somebody
/// adds to a reader is in the schema too.
///
/// While a `Problems` has a recorder, every node is a probe: its location names a place of this recorder.
final class SchemaRecorder {
  private enum Fact {
    case schema(Value.Object)
    case mapping(MappingFact)
    case entries(key: Int, value: Int, count: ClosedRange<Int>)
  }

  private struct MappingFact {
    var properties: [(key: String, place: Int)] = []
    /// One of each group must be there.
    var required: [[String]] = []
    /// No other keys: the reader has asked for all it knows.
    var isClosed = false
  }

  private struct Place {
    var facts: [Fact] = []
    var isRefused = false
    /// For a place that is a key: what it may look like.
    var name: Value.Object?
  }

  private var places: [Place] = []
  private var depth = 0
  /// Deeper than any format: a shape that contains itself ends here. Each level is tried three times, so that a greater
  /// depth would take its time.
  private static let depthLimit = 6
  /// Any one scalar: readers take the text of most as it is written.
  static let scalar: Value.Object = ["type": ["string", "number", "boolean"]]

  /// A node that stands for whatever an author might write there.
  func probe(_ content: YAMLNode.Content = .refused) -> YAMLNode {
    YAMLNode(content: content, location: newPlace())
  }

  private func newPlace() -> SourceLocation {
    places.append(Place())
    return SourceLocation(file: "schema", line: places.count, column: 1)
  }

  private func index(_ location: SourceLocation) -> Int? {
    places.indices.contains(location.line - 1) ? location.line - 1 : nil
  }

  private func change(_ location: SourceLocation, _ change: (inout Place) -> Void) {
    if let index = index(location) { change(&places[index]) }
  }

  // MARK: What readers tell

  func learn(_ schema: Value.Object, at location: SourceLocation) {
    change(location) { $0.facts.append(.schema(schema)) }
  }

  /// What stands there cannot be what this node is.
  func refuse(_ location: SourceLocation) { change(location) { $0.isRefused = true } }

  func learnName(_ schema: Value.Object, at key: SourceLocation) { change(key) { $0.name = schema } }

  func beginMapping(at location: SourceLocation) {
    change(location) { $0.facts.append(.mapping(MappingFact())) }
  }

  /// A probe for the value of a key.
  func property(_ key: String, ofMappingAt location: SourceLocation) -> YAMLNode {
    let node = probe()
    changeMapping(at: location) { mapping in
      mapping.properties.append((key, node.location.line - 1))
    }
    return node
  }

  func require(oneOf keys: [String], inMappingAt location: SourceLocation) {
    changeMapping(at: location) { $0.required.append(keys) }
  }

  func closeMapping(at location: SourceLocation) { changeMapping(at: location) { $0.isClosed = true } }

  private func changeMapping(at location: SourceLocation, _ change: (inout MappingFact) -> Void) {
    self.change(location) { place in
      for index in place.facts.indices.reversed() {
        guard case .mapping(var mapping) = place.facts[index] else { continue }
        change(&mapping)
        place.facts[index] = .mapping(mapping)
        return
      }
    }
  }

  /// One entry that stands for all that an author may name.
  func entry(ofMappingAt location: SourceLocation, count: ClosedRange<Int>) -> YAMLEntry {
    let key = newPlace()
    let value = probe()
    change(location) {
      $0.facts.append(.entries(key: key.line - 1, value: value.location.line - 1, count: count))
    }
    return YAMLEntry(key: Located("name", at: key), value: value)
  }

  // MARK: What was learnt

  /// Tries a reader on each kind of node, when nobody said what it accepts. One that decides by the text it finds
  /// looks like a reader of any scalar.
  func explore(_ read: (YAMLNode) -> Void) -> Value.Object {
    guard depth < Self.depthLimit else { return [:] }
    depth += 1
    defer { depth -= 1 }
    let element = probe()
    let scalar = YAMLScalar(text: "text", isPlain: true, layout: .opaque)
    let kinds: [(YAMLNode.Content, unlearnt: () -> Value.Object)] = [
      (.scalar(scalar), { Self.scalar }),
      (.sequence([element]), { ["type": "array", "items": .object(self.schema(at: element.location))] }),
      (.mapping([]), { ["type": "object"] }),
    ]
    var accepted: [Value.Object] = []
    var isAnything = true
    for (content, unlearnt) in kinds {
      let node = probe(content)
      read(node)
      guard let index = index(node.location), !places[index].isRefused || !places[index].facts.isEmpty else {
        isAnything = false
        continue
      }
      let learnt = alternatives(of: places[index])
      isAnything = isAnything && learnt.isEmpty
      accepted += learnt.isEmpty ? [unlearnt()] : learnt
    }
    return isAnything ? [:] : Self.union(accepted)
  }

  func schema(at location: SourceLocation) -> Value.Object {
    index(location).map { Self.union(alternatives(of: places[$0])) } ?? [:]
  }

  private func schema(_ place: Int) -> Value { .object(Self.union(alternatives(of: places[place]))) }

  private func alternatives(of place: Place) -> [Value.Object] {
    place.facts.map { fact in
      switch fact {
      case .schema(let schema): schema
      case .mapping(let mapping): schema(of: mapping)
      case .entries(let key, let value, let count): schema(key: key, value: value, count: count)
      }
    }
  }

  private func schema(of mapping: MappingFact) -> Value.Object {
    var schema: Value.Object = ["type": "object"]
    schema["properties"] = .object(Value.Object(mapping.properties.map { ($0.key, self.schema($0.place)) }))
    let single = mapping.required.filter { $0.count == 1 }.joined()
    if !single.isEmpty { schema["required"] = .array(single.map { .string($0) }) }
    let choices: [Value] = mapping.required.filter { $0.count > 1 }.map { keys in
      ["anyOf": .array(keys.map { ["required": [.string($0)]] })]
    }
    if !choices.isEmpty { schema["allOf"] = .array(choices) }
    if mapping.isClosed { schema["additionalProperties"] = false }
    return schema
  }

  private func schema(key: Int, value: Int, count: ClosedRange<Int>) -> Value.Object {
    var schema: Value.Object = ["type": "object"]
    if let name = places[key].name { schema["propertyNames"] = .object(name) }
    schema["additionalProperties"] = self.schema(value)
    if count.lowerBound > 0 { schema["minProperties"] = .number(Double(count.lowerBound)) }
    if count.upperBound < .max { schema["maxProperties"] = .number(Double(count.upperBound)) }
    return schema
  }

  /// Any of them; those that say the same only once.
  static func union(_ schemas: [Value.Object]) -> Value.Object {
    var distinct: [Value.Object] = []
    for schema in schemas where !distinct.contains(schema) { distinct.append(schema) }
    return distinct.count > 1 ? ["anyOf": .array(distinct.map { .object($0) })] : distinct.first ?? [:]
  }
}
