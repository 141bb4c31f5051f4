internal import Hashing
package import Journal
package import Model
package import Planning
package import Platform

internal import FoundationEssentials

/// Events to journal records and back.
package enum RunLog {
  package static let startKind = "run-started"

  package struct Start: Codable, Sendable {
    package var run: RunID
    package var plan: Plan
    package var planDigest: String
    package var belay: String
    package var operatorName: String
    package var host: String
    package var directory: String
    /// The last head of the journal before this one, so that a whole journal cannot vanish unseen.
    package var previousHead: String?

    package init(
      run: RunID, plan: Plan, planDigest: String, belay: String, operatorName: String, host: String,
      directory: String, previousHead: String?
    ) {
      self.run = run
      self.plan = plan
      self.planDigest = planDigest
      self.belay = belay
      self.operatorName = operatorName
      self.host = host
      self.directory = directory
      self.previousHead = previousHead
    }
  }

  package static func binding(_ start: Start) throws -> Value.Object {
    try value(start).objectValue ?? [:]
  }

  /// An enum encodes as `{"case": {…}}`: the case is the record's kind, the rest its data.
  package static func entry(_ event: RunEvent) throws -> JournalEntry {
    JournalEntry(kind: kebab(event.kind), data: try value(event)[event.kind] ?? [:])
  }

  package struct Replay: Sendable {
    package var start: Start
    package var events: [(time: Timestamp, event: RunEvent)]
    package var machine: RunMachine
    package var outputs: StepOutputs
  }

  package struct Unreadable: Error, Sendable, CustomStringConvertible {
    package var description: String
  }

  /// Reads a run back. An event that cannot follow what came before is damage, never a thing to skip.
  package static func replay(_ records: [JournalRecord]) throws -> Replay {
    guard let first = records.first, first.kind == startKind else {
      throw Unreadable(description: "the journal does not begin with a run")
    }
    let start = try decode(Start.self, from: first.data)
    guard try start.plan.digest().hex == start.planDigest else {
      throw Unreadable(description: "the journal's plan does not have the digest that the journal names")
    }
    var replay = Replay(
      start: start, events: [], machine: RunMachine(plan: start.plan), outputs: StepOutputs())
    for record in records.dropFirst() {
      let event = try decode(RunEvent.self, from: .object([camel(record.kind): record.data]))
      do {
        try replay.machine.apply(event)
      } catch {
        throw Unreadable(description: "record \(record.sequence): \(error.reason)")
      }
      switch event {
      case .signed(let signature) where signature.digest != start.planDigest:
        throw Unreadable(description: "record \(record.sequence): a signature of another plan")
      case .finished(let task, .done, let output), .settled(let task, .done, let output?):
        replay.outputs.add(output.out, of: task)
      default: break
      }
      replay.events.append((record.time, event))
    }
    return replay
  }

  /// `undoIntended` here is `undo-intended` in a journal.
  static func kebab(_ kind: String) -> String {
    kind.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
  }

  private static func camel(_ kind: String) -> String {
    let words = kind.split(separator: "-")
    return words.prefix(1).joined()
      + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func value(_ encodable: some Encodable) throws -> Value {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try JSONReader.parse(Array(try encoder.encode(encodable)))
  }

  private static func decode<T: Decodable>(_ type: T.Type, from value: Value) throws -> T {
    try JSONDecoder().decode(type, from: Data(value.json().utf8))
  }
}
