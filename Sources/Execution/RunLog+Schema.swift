internal import Journal
package import Model
internal import Planning

// The cases of the enums with values, which nothing can find out by decoding. A test holds real journals against them.

extension RunEvent: SchemaCases {
  package static var caseNames: [String] {
    [
      "decided", "observed", "guarded", "judged", "intended", "finished", "settled", "retried", "unwinding",
      "undoIntended", "undoFinished", "interrupted", "resumed", "compared", "ended", "confirmed",
      "awaiting", "answered", "signed", "reopened", "paused", "ruled", "locked", "takenOver",
    ]
  }
}

extension TaskOutcome: SchemaCases {
  package static var caseNames: [String] { ["done", "failed", "refused", "unknown"] }
}

extension Settlement: SchemaCases {
  package static var caseNames: [String] { ["done", "failed", "without", "neverStarted", "undecidable"] }
}

extension UndoOutcome: SchemaCases {
  package static var caseNames: [String] { ["undone", "nothingToUndo", "owed"] }
}

extension Restoration: SchemaCases {
  package static var caseNames: [String] { ["restored", "differs", "unknown"] }
}

extension RunLog {
  /// Of one record, which is one line of a journal.
  package static func schema() throws -> Value {
    let types = TypeSchema(isClosed: false)
    // The journal's own writer puts its format beside what the run is bound to.
    let start: Value = [
      "allOf": [.object(try types.schema(of: Start.self))], "required": ["format"],
      "properties": ["format": ["const": .number(Double(JournalFormat.version))]],
    ]
    let events = try types.schema(of: RunEvent.self)["anyOf"]?.arrayValue ?? []
    let kinds = [(startKind, start)] + events.flatMap(recordKinds)
    let digest: Value = ["type": "string", "pattern": "^[0-9a-f]{64}$"]
    let number: Value = ["type": "integer", "minimum": 0]
    let time = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"
    return [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "belay journal record",
      "type": "object", "required": ["seq", "time", "mono_ns", "kind", "data", "prev", "hash"],
      "additionalProperties": false,
      "properties": [
        "seq": number, "time": ["type": "string", "pattern": .string(time)], "mono_ns": number,
        "kind": ["enum": .array(kinds.map { .string($0.0) })], "data": ["type": "object"], "prev": digest,
        "hash": digest,
      ],
      "allOf": .array(
        kinds.map { kind, data in
          [
            "if": ["properties": ["kind": ["const": .string(kind)]]], "then": ["properties": ["data": data]],
          ]
        }),
    ]
  }

  /// An event's case is the record's kind, its values are the data.
  private static func recordKinds(_ event: Value) -> [(String, Value)] {
    event["properties"]?.objectValue?.entries.map { (kebab($0.key), $0.value) } ?? []
  }
}
