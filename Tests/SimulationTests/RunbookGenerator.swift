import Model
import TestSupport

/// Writes runbooks of a few steps: acts of all kinds, changes of the membership, checks, questions.
struct RunbookGenerator {
  private var random: SeededRandom
  private var book = JudgedRunbook()
  private var openSpares: [NodeName] = []
  private var touched: Set<NodeName> = []
  /// As they are named in the text, with all that must be done before something may follow.
  private var written: [(id: String, exits: [String])] = []

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }
  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func make() -> JudgedRunbook {
    let count = pick([1, 2, 3, 3, 3, 3, 4, 5])
    book.members = (1...count).map { NodeName("n\($0)") }
    book.spares = [NodeName("n\(count + 1)")]
    openSpares = book.spares
    let blocks = pick([1, 2, 2, 3])
    for _ in 0..<blocks where book.steps.count < 7 { block() }
    if !book.steps.contains(where: \.isAct) { plainAct() }
    if chance(70) { check() }
    return book
  }

  private mutating func block() {
    switch pick([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9]) {
    case 0: plainAct()
    case 1: grow()
    case 2: restart()
    case 3: transfer()
    case 4: remove()
    case 5: check()
    case 6: find()
    case 8: ownAct()
    case 9: loop()
    default: ask()
    }
  }

  // MARK: Blocks

  private mutating func plainAct() {
    var step = begin(isAct: true)
    step.undo = chance(85) ? .command : .none
    let place = pick(["one", "one", "one", "members", "leader", "any(members)"])
    let at = place == "one" ? pick(book.members + book.spares).rawValue : place
    let token = place == "members" ? "${here.name}" : "x"
    var lines = ["act: Do \(step.id)", "at: \(at)", "run: sim do \(step.id) \(token) set"]
    if step.undo == .command {
      lines.append("rollback: { run: 'sim undo \(step.id) \(token) unset' }")
    } else {
      lines += ["rollback: none", "because: it is a test"]
    }
    if place == "members", book.members.count > 1, chance(50) {
      lines.append("serial: \(pick(["1", "[1, 2]", "50%"]))")
      if step.undo == .command, chance(50) {
        step.tolerates = 1
        lines.append("max_failures: 1")
      }
    }
    if chance(25) {
      step.retries = pick([1, 2])
      lines += ["idempotent: true", "retries: \(step.retries)", "every: 500ms"]
    }
    if chance(12) {
      step.mayBeSkipped = true
      lines.append(
        "when: \(pick(["$cluster.healthy", "$cluster.members | length > 2", "$cluster.leader == \"n1\""]))")
    }
    add(step, lines)
    if place == "one" || place == "leader", step.undo == .command, chance(15) { coveredAct(by: step, at: at) }
  }

  /// What comes after it is undone with it.
  private mutating func coveredAct(by earlier: JudgedRunbook.Step, at: String) {
    let step = JudgedRunbook.Step(
      id: nextID, isAct: true, needs: [earlier.id], undo: .covered, coveredBy: earlier.id)
    book.yaml = book.yaml.replacing("sim undo \(earlier.id) x", with: "sim undo \(earlier.id),\(step.id) x")
    add(
      step,
      [
        "act: Do \(step.id)", "at: \(at)", "run: sim do \(step.id) x set",
        "rollback: { covered-by: \(earlier.id) }",
      ])
  }

  /// Without a command of the runbook's: belay knows how it is done and undone.
  private mutating func ownAct() {
    var step = begin(isAct: true)
    step.undo = .command
    let at = chance(50) ? "members" : pick(book.members + book.spares).rawValue
    var lines = ["act: Do \(step.id) as belay does", "at: \(at)"]
    switch pick([0, 0, 1, 2]) {
    case 0: lines.append("file: { path: /etc/sim/\(step.id).conf, content: \(step.id) }")
    case 1: lines.append("move-aside: { path: /var/lib/sim/\(step.id), missing: ok }")
    default: lines.append("service: { name: other-\(step.id), state: \(pick(["started", "restarted"])) }")
    }
    if at == "members", chance(50) { lines.append("serial: 1") }
    add(step, lines)
  }

  /// An act and a check for each member, one batch of them after the other.
  private mutating func loop() {
    let step = begin()
    let size = pick([1, 1, 2])
    let undoes = chance(85)
    let way = undoes ? "rollback: { run: 'sim undo \(step.id).${member.name}.do x unset' }" : "rollback: none"
    var entry = step.needs
    for batch in [BatchSize.count(size)].batches(of: book.members) {
      var exits: [String] = []
      for node in batch {
        let id = "\(step.id).\(node)"
        book.add(
          JudgedRunbook.Step(id: "\(id).do", isAct: true, needs: entry, undo: undoes ? .command : .none))
        book.add(JudgedRunbook.Step(id: "\(id).check", needs: ["\(id).do"]))
        exits.append("\(id).check")
      }
      entry = exits
    }
    write(
      step, exits: entry,
      [
        "for: { member: members }", "serial: \(size)", "steps:", "  do:", "    act: Do it on ${member}",
        "    at: ${member}", "    run: sim do \(step.id).${member.name}.do x set", "    \(way)",
        undoes ? "" : "    because: it is a test", "  check:", "    verify: Check ${member}",
        "    at: ${member}", "    run: sim check \(step.id).${member.name}.check",
      ].filter { !$0.isEmpty })
  }

  private mutating func grow() {
    guard let node = openSpares.popLast() else { return plainAct() }
    var join = begin(isAct: true)
    join.undo = .command
    let promotes = chance(60)
    let promoteID = "s\(book.steps.count + (promotes ? 4 : 3))"
    let keys = promotes ? "\(join.id),\(promoteID)" : join.id
    add(
      join,
      [
        "act: Announce \(node)", "at: leader", "effect: { add-learner: \(node) }",
        "run: sim do \(join.id) x add-learner \(node)",
        "landed: '$cluster.members | any(.name == \"\(node)\")'",
        "rollback: { effect: { remove: \(node) }, run: 'sim undo \(keys) x remove \(node)' }",
      ])
    let start = JudgedRunbook.Step(id: nextID, isAct: true, needs: [join.id], undo: .command)
    add(
      start,
      [
        "act: Start \(node)", "at: \(node)", "effect: { start: \(node) }",
        "run: sim do \(start.id) x start \(node)",
        "rollback: { effect: { stop: \(node) }, run: 'sim undo \(start.id) x stop \(node)' }",
      ])
    guard promotes else { return }
    let wait = JudgedRunbook.Step(id: nextID, needs: [start.id])
    add(
      wait,
      [
        "verify: It has caught up", "within: 30s", "every: 500ms",
        "expect: '$cluster.members | any(.name == \"\(node)\" and .healthy and .index >= 1900)'",
      ])
    let promote = JudgedRunbook.Step(
      id: nextID, isAct: true, needs: [wait.id], undo: .covered, coveredBy: join.id)
    add(
      promote,
      [
        "act: Promote \(node)", "at: leader", "effect: { promote: \(node) }",
        "run: sim do \(promote.id) x promote \(node)",
        "landed: '$cluster.voters | any(.name == \"\(node)\")'",
        "rollback: { covered-by: \(join.id) }",
      ])
  }

  private mutating func restart() {
    let node = pick(book.members)
    guard touched.insert(node).inserted, book.members.count > 2 else { return plainAct() }
    var stop = begin(isAct: true)
    stop.undo = .command
    let startID = "s\(book.steps.count + 2)"
    add(
      stop,
      [
        "act: Stop \(node)", "at: \(node)", "effect: { stop: \(node) }",
        "run: sim do \(stop.id) x stop \(node)",
        "rollback: { effect: { start: \(node) }, run: 'sim undo \(stop.id),\(startID) x start \(node)' }",
      ])
    let start = JudgedRunbook.Step(
      id: nextID, isAct: true, needs: [stop.id], undo: .covered, coveredBy: stop.id)
    add(
      start,
      [
        "act: Start \(node)", "at: \(node)", "effect: { start: \(node) }",
        "run: sim do \(start.id) x start \(node)",
        "rollback: { covered-by: \(stop.id) }",
      ])
    if chance(60) { healthy() }
  }

  private mutating func transfer() {
    guard let heir = book.members.dropFirst().first, let leader = book.members.first else {
      return plainAct()
    }
    var step = begin(isAct: true)
    step.movesLeadership = true
    add(
      step,
      [
        "act: Move leadership", "at: leader", "effect: { transfer-leadership: \(leader) }",
        "run: sim do \(step.id) x move-leader \(heir)", "landed: '$cluster.leader != \"\(leader)\"'",
      ])
  }

  private mutating func remove() {
    guard book.members.count > 2, let node = book.members.last, touched.insert(node).inserted else {
      return plainAct()
    }
    let step = begin(isAct: true)
    add(
      step,
      [
        "act: Remove \(node)", "at: leader", "effect: { remove: \(node) }",
        "run: sim do \(step.id) x remove \(node)", "landed: '$cluster.members | all(.name != \"\(node)\")'",
        "rollback: none", "because: it does not come back as itself",
      ])
  }

  private mutating func check() {
    let step = begin()
    var lines = ["verify: Check \(step.id)", "at: \(pick(book.members))"]
    if chance(20) {
      lines += ["each: { peer: members }", "run: sim check ${peer.name} \(step.id)"]
    } else {
      lines.append("run: sim check \(step.id)")
    }
    if chance(50) { lines += ["within: 5s", "every: 1s"] }
    add(step, lines)
  }

  private mutating func healthy() {
    add(
      begin(),
      ["verify: The cluster serves", "expect: $cluster.healthy", "within: 20s", "every: 1s", "steady: 2"])
  }

  private mutating func find() {
    let step = begin()
    add(
      step,
      [
        "diagnose: Find \(step.id)", "at: \(pick(book.members))", "run: sim check \(step.id)",
        "out: { found: . }",
      ])
    let user = JudgedRunbook.Step(id: nextID, isAct: true, needs: [step.id], undo: .command)
    add(
      user,
      [
        "act: Use it", "at: \(pick(book.members))", "run: sim do \(user.id) x set ${steps.\(step.id).found}",
        "rollback: { run: 'sim undo \(user.id) x unset ${steps.\(step.id).found}' }",
      ])
  }

  private mutating func ask() { add(begin(), ["approve: Shall it go on?"]) }

  // MARK: Writing

  private var nextID: String { "s\(book.steps.count + 1)" }

  /// A step that needs the one above it, or any of those before.
  private mutating func begin(isAct: Bool = false) -> JudgedRunbook.Step {
    var step = JudgedRunbook.Step(id: nextID, isAct: isAct)
    guard let last = written.last else { return step }
    let chosen = chance(35) ? written.filter { _ in chance(40) } : [last]
    step.needs = chosen.flatMap(\.exits)
    return step
  }

  private mutating func add(_ step: JudgedRunbook.Step, _ lines: [String]) {
    book.add(step)
    write(step, exits: [step.id], lines)
  }

  private mutating func write(_ step: JudgedRunbook.Step, exits: [String], _ lines: [String]) {
    let named = written.filter { !$0.exits.isEmpty && $0.exits.allSatisfy(step.needs.contains) }.map(\.id)
    written.append((step.id, exits))
    let needs = "needs: [\(named.joined(separator: ", "))]"
    book.yaml += "  \(step.id):\n" + (lines + [needs]).map { "    \($0)\n" }.joined()
  }
}
