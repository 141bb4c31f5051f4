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
    /// Whose journal that is, so that the link can be checked.
    package var previousRun: RunID?

    package init(
      run: RunID, plan: Plan, planDigest: String, belay: String, operatorName: String, host: String,
      directory: String, previousHead: String?, previousRun: RunID? = nil
    ) {
      self.run = run
      self.plan = plan
      self.planDigest = planDigest
      self.belay = belay
      self.operatorName = operatorName
      self.host = host
      self.directory = directory
      self.previousHead = previousHead
      self.previousRun = previousRun
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
    guard let first = records.first else {
      throw Unreadable(description: "the journal does not begin with a run")
    }
    var replay = try Replay(from: first)
    for record in records.dropFirst() { try replay.take(record) }
    return replay
  }

  /// `undoIntended` here is `undo-intended` in a journal.
  package static func kebab(_ kind: String) -> String {
    kind.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
  }

  fileprivate static func camel(_ kind: String) -> String {
    let words = kind.split(separator: "-")
    return words.prefix(1).joined()
      + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func value(_ encodable: some Encodable) throws -> Value {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try JSONReader.parse(Array(try encoder.encode(encodable)))
  }

  fileprivate static func understand<T>(_ record: JournalRecord, _ read: () throws -> T) throws -> T {
    do { return try read() } catch {
      throw Unreadable(
        description: "record \(record.sequence), \(record.kind), is none that this belay understands; "
          + "a newer one may have written it")
    }
  }

  fileprivate static func decode<T: Decodable>(_ type: T.Type, from value: Value) throws -> T {
    try JSONDecoder().decode(type, from: Data(value.json().utf8))
  }
}

extension RunLog.Replay {
  /// As the first record has it, before anything happened.
  package init(from first: JournalRecord) throws {
    guard first.kind == RunLog.startKind else {
      throw RunLog.Unreadable(description: "the journal does not begin with a run")
    }
    let start = try RunLog.understand(first) { try RunLog.decode(RunLog.Start.self, from: first.data) }
    guard try start.plan.digest().hex == start.planDigest else {
      throw RunLog.Unreadable(
        description: "the journal's plan does not have the digest that the journal names")
    }
    self.init(start: start, events: [], machine: RunMachine(plan: start.plan), outputs: StepOutputs())
  }

  /// What the next record says happened, once it is sure that it may follow.
  @discardableResult
  package mutating func take(_ record: JournalRecord) throws -> RunEvent {
    let event = try RunLog.understand(record) {
      try RunLog.decode(RunEvent.self, from: .object([RunLog.camel(record.kind): record.data]))
    }
    do {
      try machine.apply(event)
    } catch {
      throw RunLog.Unreadable(description: "record \(record.sequence): \(error.reason)")
    }
    if case .signed(let signature) = event, signature.digest != start.planDigest {
      throw RunLog.Unreadable(description: "record \(record.sequence): a signature of another plan")
    }
    switch event {
    case .finished(let task, .done, let output), .settled(let task, .done, let output?):
      outputs.add(output.out, of: task)
    default: break
    }
    events.append((record.time, event))
    return event
  }
}
