package import Model

// The cases of the enums with values, which nothing can find out by decoding. A test holds real plans against them.

extension OutputFormat: SchemaCases {
  package static var caseNames: [String] { ["text", "json", "lines", "keys", "table", "prometheus"] }
}

extension InputValue: SchemaCases {
  package static var caseNames: [String] { ["node", "nodes", "secret", "value"] }
}

extension PlannedStep.Condition: SchemaCases {
  package static var caseNames: [String] { ["always", "skipped", "when"] }
}

extension PlannedTask.Place: SchemaCases {
  package static var caseNames: [String] { ["node", "leader", "anyOf", "belay"] }
}

extension PlannedTask.Work: SchemaCases {
  package static var caseNames: [String] {
    ["command", "file", "service", "copy", "moveAside", "wipe", "query"]
  }
}

extension PreviousFile: SchemaCases {
  package static var caseNames: [String] { ["absent", "present", "unknown"] }
}

extension PlannedTextPart: SchemaCases {
  package static var caseNames: [String] { ["text", "secret"] }
}

extension PathSight: SchemaCases {
  package static var caseNames: [String] { ["absent", "file", "directory", "link", "other"] }
}

extension PlannedUndo: SchemaCases {
  package static var caseNames: [String] {
    ["nothing", "commands", "restoreFile", "restore", "covered", "none"]
  }
}

extension NodeReport.Answer: SchemaCases {
  package static var caseNames: [String] { ["view", "unreachable", "silent"] }
}

extension Plan {
  /// Of a plan as `belay plan --json` prints it, and of the file that `--out` writes around one.
  package static func schema() throws -> Value {
    let file: Value = [
      "type": "object", "required": ["belay_plan", "digest", "statement", "plan"],
      "additionalProperties": false,
      "properties": [
        "belay_plan": ["const": .number(Double(currentFormat))],
        "digest": ["type": "string", "pattern": "^[0-9a-f]{64}$"],
        "statement": ["type": "string", "pattern": "^approve [0-9a-f]{64} [0-9a-f]{64}$"],
        "author_signature": ["type": "string"],
        "texts": ["type": "object", "additionalProperties": ["type": "string"]],
        "plan": ["$ref": "#/$defs/plan"],
      ],
    ]
    return [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "belay plan",
      "anyOf": [["$ref": "#/$defs/file"], ["$ref": "#/$defs/plan"]],
      "$defs": [
        "file": file, "plan": .object(try TypeSchema(isClosed: true).schema(of: Plan.self)),
      ],
    ]
  }
}
