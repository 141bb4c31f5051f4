import Execution
import Model
import TestSupport
import Testing

/// Several controllers at once, every message by itself, in any order, some of them lost on either way.
@Suite struct LockRaceCampaign {
  @Test(
    "guarantee 8: whoever begins never takes a cluster from a run that holds it, in whatever order things happen"
  )
  func neverTwo() async throws {
    try await Campaign("races for a lock", ci: 3_000, soak: 300_000).run { one in
      var race = LockRace(random: one.random)
      try race.play()
      return race.winners.count > 1
        ? "several held it" : race.winners.isEmpty ? "nobody held it" : "one held it"
    }
  }
}

private struct LockRace {
  struct Broken: Error, CustomStringConvertible {
    var description: String
  }

  /// One that reads, decides, writes, and counts.
  struct Controller {
    enum Stage: Equatable { case reading, writing, givingBack, holding, lettingGo, over }
    var claim: LockClaim
    var run: RunID
    var note: LockNote
    var stage = Stage.reading
    var toDo: [NodeName]
    var seen: LockView
    var ticket = LockView.Ticket(token: 0, over: 0)
    /// Whether somebody has begun to take over from it, as resuming and unlocking may.
    var isChallenged = false
    var isDone: Bool { stage == .over }
  }

  var random: SeededRandom
  let members: [NodeName]
  var nodes: [NodeName: LockNode]
  var controllers: [Controller] = []
  var winners: [Int] = []
  /// Whose record somebody who only wanted to begin has overwritten.
  var overwritten: Set<String> = []
  let loss: Int

  init(random: SeededRandom) {
    self.random = random
    members = (1...Int.random(in: 1...5, using: &self.random)).map { NodeName("n\($0)") }
    nodes = Dictionary(uniqueKeysWithValues: members.map { ($0, LockNode()) })
    loss = [0, 0, 10, 30].randomElement(using: &self.random) ?? 0
  }

  mutating func play() throws {
    for number in 0..<Int.random(in: 2...5, using: &random) { enter(number) }
    for _ in 0..<400 {
      let alive = controllers.indices.filter { !controllers[$0].isDone }
      guard let next = alive.randomElement(using: &random) else { break }
      // Somebody dies with whatever it has.
      if Int.random(in: 0..<200, using: &random) == 0 {
        controllers[next].stage = .over
      } else {
        try advance(next)
      }
      if Int.random(in: 0..<12, using: &random) == 0, controllers.count < 12 { enter(controllers.count) }
    }
  }

  private mutating func enter(_ number: Int) {
    let dead = controllers.filter { $0.isDone && $0.run != LockClaim.unlock(force: true).run }.map(\.run)
      .randomElement(using: &random)
    let claim: LockClaim =
      switch (Int.random(in: 0..<6, using: &random), dead) {
      case (0, _): .unlock(force: true)
      case (1, let run?): .takeUp(run, host: "here")
      default: .begin(RunID("R\(number)"))
      }
    controllers.append(
      Controller(
        claim: claim, run: claim.run, note: LockNote(by: "\(number)"), toDo: members,
        seen: LockView(members: members)))
  }

  private mutating func advance(_ index: Int) throws {
    if controllers[index].stage == .holding { return try act(index) }
    if let node = controllers[index].toDo.randomElement(using: &random) {
      controllers[index].toDo.removeAll { $0 == node }
      try send(index, to: node)
    } else {
      try conclude(index)
    }
  }

  private mutating func send(_ index: Int, to node: NodeName) throws {
    let controller = controllers[index]
    guard Int.random(in: 0..<100, using: &random) >= loss, var there = nodes[node] else { return }
    let before = there.record
    switch controller.stage {
    case .writing:
      there.take(
        controller.ticket.token, run: controller.run, over: controller.ticket.over, note: controller.note)
      if there.record != before, let loser = before.run, case .begin = controller.claim {
        overwritten.insert("\(loser) \(before.token)")
        for other in controllers
        where other.stage == .holding && other.run == loser && other.ticket.token == before.token {
          guard other.isChallenged else {
            throw Broken(
              description: "\(controller.run) took \(node) from \(loser), which holds it")
          }
        }
      }
    case .givingBack: there.giveBack(controller.ticket.token, run: controller.run, note: controller.note)
    case .lettingGo: there.letGo(controller.ticket.token, run: controller.run)
    case .reading, .holding, .over: break
    }
    nodes[node] = there
    guard Int.random(in: 0..<100, using: &random) >= loss else { return }
    controllers[index].seen.records[node] = there.record
  }

  private mutating func conclude(_ index: Int) throws {
    let controller = controllers[index]
    controllers[index].toDo = members
    controllers[index].seen = LockView(members: members)
    switch controller.stage {
    case .reading:
      guard let ticket = try? controller.seen.decide(controller.claim) else {
        controllers[index].stage = .over
        return
      }
      controllers[index].ticket = ticket
      controllers[index].stage = .writing
      if case .begin = controller.claim { return }
      for other in controllers.indices where other != index && controllers[other].ticket.token < ticket.token
      {
        controllers[other].isChallenged = true
      }
    case .writing where controller.seen.isWon(controller.ticket, by: controller.claim, controller.note):
      try won(index)
    case .writing: controllers[index].stage = .givingBack
    case .givingBack, .lettingGo: controllers[index].stage = .over
    case .holding, .over: break
    }
  }

  private mutating func won(_ index: Int) throws {
    let controller = controllers[index]
    let token = controller.ticket.token
    for other in winners where controllers[other].ticket.token == token {
      throw Broken(description: "two won with token \(token)")
    }
    if overwritten.contains("\(controller.run) \(token)"), !controller.isChallenged {
      throw Broken(description: "\(controller.run) won with records that somebody else had overwritten")
    }
    winners.append(index)
    if case .unlock = controller.claim {
      controllers[index].stage = .lettingGo
    } else {
      controllers[index].stage = .holding
    }
  }

  /// A holder acts here and there, and lets go some time.
  private mutating func act(_ index: Int) throws {
    let controller = controllers[index]
    guard let node = members.randomElement(using: &random), var there = nodes[node] else { return }
    let before = there.record
    let isAdmitted = there.admits(controller.ticket.token, run: controller.run)
    nodes[node] = there
    if isAdmitted != (before.token <= controller.ticket.token) {
      throw Broken(description: "\(node) knew token \(before.token) and admitted \(controller.ticket.token)")
    }
    if !isAdmitted || Int.random(in: 0..<8, using: &random) == 0 { controllers[index].stage = .lettingGo }
  }
}
