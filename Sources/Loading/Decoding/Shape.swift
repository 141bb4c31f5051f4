import Model

/// How one value is read. `expected` says in a user's words what may stand there.
struct Shape<Result> {
  let expected: String
  /// What may stand there as JSON Schema. Nil: found out by trying `body`, which is enough for one that reads keys or
  /// uses other shapes; a `body` that decides by the text of a scalar should say it.
  let schema: ((Problems) -> Value.Object)?
  private let body: (YAMLNode, String, Problems) -> Result?

  init(
    _ expected: String, schema: ((Problems) -> Value.Object)? = nil,
    read: @escaping (YAMLNode, String, Problems) -> Result?
  ) {
    self.expected = expected
    self.schema = schema
    self.body = read
  }

  /// Reports its own problems; the second argument is what messages call the value.
  func read(_ node: YAMLNode, _ name: String, _ problems: Problems) -> Result? {
    if let recorder = problems.recorder {
      recorder.learn(describedSchema(problems), at: node.location)
      return nil
    }
    return body(node, name, problems)
  }

  func describedSchema(_ problems: Problems) -> Value.Object {
    var schema =
      self.schema?(problems) ?? problems.recorder?.explore { _ = body($0, "a value", problems) } ?? [:]
    schema["description"] = .string(expected)
    return schema
  }

  /// A value written as one scalar. `parse` gives nil for a text that is no such value.
  static func scalar(
    _ expected: String, help: String? = nil, schema: Value.Object = SchemaRecorder.scalar,
    parse: @escaping (YAMLScalar, SourceLocation) -> Result?
  ) -> Shape {
    Shape(expected, schema: { _ in schema }) { node, name, problems in
      if case .scalar(let scalar) = node.content, !scalar.isNull, let value = parse(scalar, node.location) {
        return value
      }
      problems.mismatch(node, name, expected: expected, help: help)
      return nil
    }
  }

  func map<Mapped>(_ transform: @escaping (Result) -> Mapped) -> Shape<Mapped> {
    Shape<Mapped>(expected, schema: schema) { node, name, problems in
      body(node, name, problems).map(transform)
    }
  }
}

extension Problems {
  func mismatch(_ node: YAMLNode, _ name: String, expected: String, help: String? = nil) {
    guard !node.isRefused else { return }
    if let recorder {
      // Another scalar may well do, unless it is a mapping or a list and nothing else that is asked for.
      let isScalar = if case .scalar = node.content { true } else { false }
      let takesScalars =
        !(expected.hasPrefix("a mapping") || expected.hasPrefix("a list")) || expected.contains(", or ")
      if !isScalar || !takesScalars { recorder.refuse(node.location) }
      return
    }
    let isScalar = if case .scalar(let scalar) = node.content { !scalar.isNull } else { false }
    error(
      isScalar ? "bad-value" : "wrong-type", "\(name) must be \(expected), found \(node.found)",
      at: node.location, help: help)
  }
}

extension Shape where Result == ScalarText {
  /// Any scalar, as written: `run: true` is the command `true`.
  static var text: Shape {
    .scalar("a text") { scalar, place in ScalarText(scalar.text, at: place, layout: scalar.layout) }
  }
}

extension Shape where Result == String {
  static var string: Shape { .scalar("a text") { scalar, _ in scalar.text } }

  static func matching(
    _ expected: String, help: String? = nil, schema: Value.Object = SchemaRecorder.scalar,
    _ isValid: @escaping (String) -> Bool
  ) -> Shape {
    .scalar(expected, help: help, schema: schema) { scalar, _ in isValid(scalar.text) ? scalar.text : nil }
  }
}

extension Shape where Result == Bool {
  static var flag: Shape {
    Shape("true or false", schema: { _ in ["type": "boolean"] }) { node, name, problems in
      guard case .scalar(let scalar) = node.content, case .bool(let flag) = scalar.coreValue else {
        let isLegacy = if case .scalar(let scalar) = node.content { scalar.isLegacyBoolean } else { false }
        problems.mismatch(
          node, name, expected: "true or false",
          help: isLegacy ? "yes, no, on and off are texts here: write true or false" : nil)
        return nil
      }
      return flag
    }
  }
}

extension Shape where Result == Int {
  static func int(_ range: ClosedRange<Int>) -> Shape {
    let expected =
      range.upperBound == .max
      ? "a whole number from \(range.lowerBound) on"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    var schema: Value.Object = ["type": "integer", "minimum": .number(Double(range.lowerBound))]
    if range.upperBound != .max { schema["maximum"] = .number(Double(range.upperBound)) }
    return .scalar(expected, schema: schema) { scalar, _ in
      if case .int(let number) = scalar.coreValue, range.contains(number) { number } else { nil }
    }
  }
}

extension Shape where Result == Duration {
  static var duration: Shape {
    .scalar(
      "a duration such as 500ms, 30s, 2m or 1m30s", schema: Names.schema(pattern: Names.durationPattern)
    ) { scalar, _ in
      Duration(written: scalar.text).flatMap { $0 > .zero ? $0 : nil }
    }
  }
}

extension Shape where Result: RawRepresentable & CaseIterable, Result.RawValue == String {
  static var choice: Shape {
    let names = Result.allCases.map(\.rawValue)
    let expected = "one of \(names.joined(separator: ", "))"
    let schema: Value.Object = ["enum": .array(names.map { .string($0) })]
    return Shape(expected, schema: { _ in schema }) { node, name, problems in
      guard case .scalar(let scalar) = node.content, let value = Result(rawValue: scalar.text) else {
        problems.mismatch(node, name, expected: expected, help: didYouMean(node, among: names))
        return nil
      }
      return value
    }
  }
}

extension Shape where Result: Sendable {
  func located() -> Shape<Located<Result>> {
    Shape<Located<Result>>(expected, schema: schema) { node, name, problems in
      body(node, name, problems).map { Located($0, at: node.location) }
    }
  }
}

extension Shape {
  static func list<Element>(of element: Shape<Element>) -> Shape where Result == [Element] {
    let expected = "a list, each \(element.expected)"
    let schema = { (problems: Problems) -> Value.Object in
      ["type": "array", "items": .object(element.describedSchema(problems))]
    }
    return Shape(expected, schema: schema) { node, name, problems in
      guard case .sequence(let nodes) = node.content else {
        problems.mismatch(node, name, expected: expected, help: "write [a, b], or one \"- a\" a line")
        return nil
      }
      // One bad element makes the list unusable, but all of them are looked at.
      let elements = nodes.map { element.read($0, "an element of \(name)", problems) }
      return elements.contains { $0 == nil } ? nil : elements.compactMap { $0 }
    }
  }

  /// One value, or a list of them.
  static func oneOrMore<Element>(of element: Shape<Element>) -> Shape where Result == [Element] {
    let expected = "\(element.expected) or a list of them"
    let schema = { (problems: Problems) -> Value.Object in
      SchemaRecorder.union([element.describedSchema(problems), list(of: element).describedSchema(problems)])
    }
    return Shape(expected, schema: schema) { node, name, problems in
      if case .sequence = node.content { return list(of: element).read(node, name, problems) }
      return element.read(node, name, problems).map { [$0] }
    }
  }
}

/// `did you mean "…"?`, or nil when nothing is near; `write` says how a name is written where it is meant.
func didYouMean(
  _ word: String, among candidates: some Sequence<String>, write: (String) -> String = { "\"\($0)\"" }
) -> String? {
  suggestion(for: word, among: candidates).map { "did you mean \(write($0))?" }
}

func didYouMean(_ node: YAMLNode, among candidates: some Sequence<String>) -> String? {
  guard case .scalar(let scalar) = node.content else { return nil }
  return didYouMean(scalar.text, among: candidates)
}
