package import Model

/// What the nodes were found to remember of a cluster's lock, and what that allows. No input, no output, no clock.
package struct LockView: Sendable, Equatable {
  /// Those whose majority decides.
  package var members: [NodeName]
  package var records: [NodeName: LockRecord] = [:]
  /// Who gave no answer, and why.
  package var silent: [NodeName: String] = [:]
  /// What to do about that.
  package var helps: [NodeName: String] = [:]

  package init(
    members: [NodeName], records: [NodeName: LockRecord] = [:], silent: [NodeName: String] = [:]
  ) {
    self.members = members
    self.records = records
    self.silent = silent
  }

  /// Who gave no answer, and why, a line each.
  package var silence: [String] { silent.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } }

  package var majority: Int { members.count / 2 + 1 }
  package var answered: Int { memberRecords.count }
  private var memberRecords: [LockRecord] { members.compactMap { records[$0] } }

  /// The highest number that a member knows.
  package var token: Int { memberRecords.map(\.token).max() ?? 0 }
  /// The highest that anybody knows, a spare node of another life perhaps.
  package var highestToken: Int { records.values.map(\.token).max() ?? 0 }

  /// Whoever took the highest number, unless some member knows that it was let go again: numbers are let go only by their
  /// holder, once its run has ended. A lower number is void wherever it still stands.
  package var holding: Holding? {
    let current = memberRecords.filter { $0.token == token }
    if current.contains(where: { $0.run == nil }) { return nil }
    // Two that raced for a number may both have left it somewhere; one of them has more of it.
    let runs = Dictionary(grouping: current.compactMap(\.run)) { $0 }.mapValues(\.count)
    guard let run = runs.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return nil }
    let records = current.filter { $0.run == run }
    let told = records.first { !$0.note.by.isEmpty } ?? records[0]
    return Holding(
      run: run, token: token, leaseSeconds: records.map(\.leaseSeconds).max() ?? 0, note: told.note,
      nodes: members.filter { self.records[$0].map { $0.token == token && $0.run == run } ?? false })
  }

  /// Who was the last to let go, and why, if the lock is free.
  package var lastNote: LockNote? {
    memberRecords.first { $0.token == token && $0.run == nil }?.note
  }

  package struct Holding: Sendable, Equatable {
    package var run: RunID
    package var token: Int
    package var leaseSeconds: Int
    package var note: LockNote
    /// The members that say so.
    package var nodes: [NodeName]

    package var isFresh: Bool { leaseSeconds > 0 }
  }
}

/// What somebody wants of a lock.
package enum LockClaim: Sendable, Equatable {
  /// To begin a run.
  case begin(RunID)
  /// To take up a run that had it already, on the machine with this name: who asks has found its process dead there.
  case takeUp(RunID, host: String)
  /// To set it free. `force`: although its holder was heard of a moment ago.
  case unlock(force: Bool)

  /// In whose name the lock is taken. Who unlocks holds it for a moment too: a number that stands free on some member was
  /// then won by whoever let it go, and by nobody else.
  package var run: RunID {
    switch self {
    case .begin(let run), .takeUp(let run, _): run
    case .unlock: RunID("unlock")
    }
  }
}

package enum LockRefusal: Error, Sendable, Equatable {
  /// Fewer than a majority of the members answered.
  case tooFew(LockView)
  case held(LockView.Holding)
  /// The run that is to be taken up, or unlocked, may still be alive.
  case alive(LockView.Holding)
  /// Another one was quicker.
  case outrun(by: LockView.Holding?)
  /// A member knows a number that nobody can go beyond.
  case exhausted
}

extension LockView {
  /// What is to be written on the nodes: this number, over whatever is free or at most as high as `over`.
  package struct Ticket: Sendable, Equatable {
    package var token: Int
    package var over: Int

    package init(token: Int, over: Int) {
      self.token = token
      self.over = over
    }
  }

  /// Whether the claim may be tried.
  package func decide(_ claim: LockClaim) throws(LockRefusal) -> Ticket {
    guard answered >= majority else { throw .tooFew(self) }
    guard highestToken < Fence.limit else { throw .exhausted }
    if let holding {
      switch claim {
      case .begin: throw .held(holding)
      case .takeUp(let run, let host):
        guard holding.run == run else { throw .held(holding) }
        // Elsewhere nobody can see whether its process lives; while its lease lasts it may.
        guard !holding.isFresh || holding.note.host == host else { throw .alive(holding) }
      case .unlock(let force):
        guard force || !holding.isFresh else { throw .alive(holding) }
      }
    }
    // What a member holds under a number that is void does not stand in the way; what is newer than this look does.
    let isUnlocking = if case .unlock = claim { true } else { false }
    return Ticket(token: highestToken + 1, over: isUnlocking ? highestToken : token)
  }

  /// Whether a majority of the members has written the number for this claim, and for nobody else's like it.
  package func isWon(_ ticket: Ticket, by claim: LockClaim, _ note: LockNote) -> Bool {
    members.count { node in
      records[node].map { $0.token == ticket.token && $0.run == claim.run && $0.note == note } ?? false
    } >= majority
  }

  /// A number above ours, seen by a holder: proof that the lock was taken over.
  package func successor(of token: Int) -> LockRecord? {
    memberRecords.filter { $0.token > token }.max { $0.token < $1.token }
  }
}
