package import Hashing
import Model

internal import FoundationEssentials

extension Plan {
  /// SHA-256 over everything that was reviewed. What changes by itself while a cluster lives (who leads, how
  /// far its log is, who is healthy) is left out: the guards look at that again before every act.
  package func digest() throws -> SHA256Digest { sha256(try digestInput()) }

  /// The bytes that the digest is taken of: two JSON texts, the plan without what changes by itself, and the members.
  package func digestInput() throws -> [UInt8] {
    let members = before?.membership.map { $0.identity.sorted() + [$0.cluster] } ?? []
    // As JSON, since a node may print any name, also one with a line break in it.
    let names = Value.array(members.map { .string($0) }).json()
    return try reviewed.encoded() + Array(names.utf8)
  }

  /// Without what changes by itself.
  package var reviewed: Plan {
    var reviewed = self
    reviewed.refusals = []
    reviewed.warnings = []
    reviewed.before = nil
    // It follows from the rest and from who is healthy just now.
    reviewed.safety = nil
    (reviewed.complete, reviewed.applyable, reviewed.errored) = (false, false, false)
    for index in reviewed.timeline.indices {
      reviewed.timeline[index].verdict = nil
      reviewed.timeline[index].declared = nil
      reviewed.timeline[index].tolerates = 0
    }
    reviewed.steps = reviewed.steps.map(\.withoutPreviews)
    return reviewed
  }

  /// Canonical JSON: the same plan always gives the same bytes.
  package func encoded() throws -> [UInt8] { try canonicalJSON(self) }

  package static func decode(_ bytes: [UInt8]) throws -> Plan {
    try JSONDecoder().decode(Plan.self, from: Data(bytes))
  }
}

package func canonicalJSON(_ value: some Encodable) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return Array(try encoder.encode(value))
}

extension PlannedStep {
  /// The step without what is only shown as of now and looked up again before it is used.
  package var withoutPreviews: PlannedStep {
    var step = self
    for index in tasks.indices {
      if case .leader = tasks[index].place { step.tasks[index].place = .leader(now: nil) }
      if case .command(var command) = tasks[index].work {
        command.forgetPreviews()
        step.tasks[index].work = .command(command)
      }
      step.tasks[index].undo?.forgetPreviews()
    }
    if case .commands(let effect, .leader?) = undo {
      step.undo = .commands(effect: effect, place: .leader(now: nil))
    }
    return step
  }
}

extension PlannedCommand {
  fileprivate mutating func forgetPreviews() {
    for path in late.keys { late[path] = .some(nil) }
  }
}
