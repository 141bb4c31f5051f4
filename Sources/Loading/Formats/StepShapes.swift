import Expressions
import Model

extension Shape where Result == DurationText {
  /// A duration, or a reference to an input that holds one.
  static var durationText: Shape {
    let literal = Shape<Duration>.duration
    let schema = { (problems: Problems) in
      SchemaRecorder.union([
        literal.describedSchema(problems), Names.schema(pattern: Names.referencePattern),
      ])
    }
    return Shape(literal.expected + ", or ${input}", schema: schema) { node, name, problems in
      if case .scalar(let scalar) = node.content, scalar.text.hasPrefix("${"), scalar.text.hasSuffix("}") {
        return .reference(ScalarText(scalar.text, at: node.location, layout: scalar.layout))
      }
      return literal.read(node, name, problems).map { .literal($0) }
    }
  }
}

extension Shape where Result == OutputFormat {
  static var outputFormat: Shape {
    let words: [String: OutputFormat] = [
      "text": .text, "json": .json, "keys": .keys, "table": .table, "prometheus": .prometheus,
    ]
    let names = ["text", "json", "keys", "table", "prometheus"]
    let expected = "one of \(names.joined(separator: ", ")), or { lines: 'regular expression' }"
    let schema = { (problems: Problems) in
      SchemaRecorder.union([
        ["enum": .array(names.map { .string($0) })], linesMapping.describedSchema(problems),
      ])
    }
    return Shape(expected, schema: schema) { node, name, problems in
      switch node.content {
      case .scalar(let scalar):
        if let format = words[scalar.text] { return format }
        let help =
          scalar.text == "lines"
          ? "write { lines: '(?<name>…)' }: a regular expression with named groups"
          : didYouMean(scalar.text, among: names)
        problems.mismatch(node, name, expected: expected, help: help)
        return nil
      default: return linesMapping.read(node, name, problems)
      }
    }
  }

  private static var linesMapping: Shape {
    Shape("{ lines: 'regular expression' }") { node, name, problems in
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let format = keys.required("lines", .linePattern)
      keys.finish()
      return format
    }
  }
}

extension Shape where Result == OutputFormat {
  private static var linePattern: Shape {
    Shape("a regular expression with named groups") { node, name, problems in
      guard let pattern = Shape<String>.string.read(node, name, problems) else { return nil }
      let format = OutputFormat.lines(pattern: pattern)
      do throws(OutputError) {
        try format.validate()
        return format
      } catch {
        problems.error("bad-pattern", error.message, at: node.location)
        return nil
      }
    }
  }
}

extension Shape where Result == Effect {
  /// `{ add-learner: "${node}" }`
  static var effect: Shape {
    let kinds = Effect.Kind.allCases.map(\.rawValue)
    let expected = "one effect and its node, such as { stop: \"${node}\" }"
    let schema = { (problems: Problems) -> Value.Object in
      let target = Value.object(Shape<Located<Selector>>.selector.describedSchema(problems))
      return [
        "type": "object", "properties": .object(Value.Object(kinds.map { ($0, target) })),
        "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
      ]
    }
    return Shape(expected, schema: schema) { node, name, problems in
      guard let entry = singleEntry(node, name, expected, problems) else { return nil }
      let target = Shape<Located<Selector>>.selector.read(entry.value, quoted(entry.key.value), problems)
      guard let kind = Effect.Kind(rawValue: entry.key.value) else {
        problems.error(
          "unknown-effect", "unknown effect \(quoted(entry.key.value))", at: entry.key.location,
          help: didYouMean(entry.key.value, among: kinds),
          notes: [.init("effects are: \(kinds.joined(separator: ", "))")])
        return nil
      }
      return target.map { Effect(kind: kind, target: $0) }
    }
  }
}

extension Shape where Result == Rollback {
  static func rollback(because: String) -> Shape {
    let expected = "none, or a mapping with \"run\" or \"covered-by\""
    let schema = { (problems: Problems) -> Value.Object in
      let undo = Shape("how the act is undone") { node, _, problems in mapping(node, problems) }
      return SchemaRecorder.union([["const": "none"], undo.describedSchema(problems)])
    }
    return Shape(expected, schema: schema) { node, name, problems in
      switch node.content {
      case .scalar(let scalar) where scalar.text == "none": return Rollback.none(because: because)
      case .mapping: return mapping(node, problems)
      default:
        problems.mismatch(node, name, expected: expected)
        return nil
      }
    }
  }

  private static func mapping(_ node: YAMLNode, _ problems: Problems) -> Rollback? {
    guard var keys = MappingReader(node, "the rollback", problems) else { return nil }
    let run = keys.optional("run", .text)
    let effect = keys.optional("effect", .effect)
    let at = keys.optional("at", .selector)
    let cover = keys.optional("covered-by", Shape<String>.string.located())
    if !keys.has("run"), !keys.has("covered-by") {
      keys.reportMissing(
        ["run", "covered-by"],
        Diagnostic(
          .error, "missing-key", "the rollback has neither \"run\" nor \"covered-by\"", at: keys.location,
          help: "add \"run:\" with the command that undoes the act"))
    }
    keys.finish()

    if let cover {
      for key in ["run", "effect", "at"] where keys.has(key) {
        problems.error(
          "misplaced-key", "\"\(key)\" has no meaning beside \"covered-by\"", at: keys.location(of: key))
      }
      return .covered(by: Located(StepID(cover.value), at: cover.location))
    }
    return run.map { .command(UndoCommand(run: $0, effect: effect, at: at)) }
  }
}
