import Model
import TestSupport

/// A runbook that nobody wrote, and its graph as the generator knows it.
struct GeneratedRunbook {
  struct Step {
    enum Undo: Equatable { case command, none, covered }
    var id: String
    var isAct = false
    var needs: [String] = []
    var undo = Undo.none
    var retries = 0
    var mayBeSkipped = false
    var tolerates = 0
  }

  var members: [NodeName] = []
  var spares: [NodeName] = []
  var steps: [Step] = []
  var yaml = ""

  func step(_ id: String) -> Step? { steps.first { $0.id == id } }
  func step(ofKey key: String) -> Step? { step(String(key.prefix { $0 != "@" })) }

  func depends(_ step: Step, on other: Step) -> Bool {
    step.needs.contains { need in need == other.id || self.step(need).map { depends($0, on: other) } == true }
  }
}

/// Writes runbooks of a few steps: acts of all kinds, changes of the membership, checks, questions.
struct RunbookGenerator {
  private var random: SeededRandom
  private var book = GeneratedRunbook()
  private var openSpares: [NodeName] = []
  private var touched: Set<NodeName> = []

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int.random(in: 0..<choices.count, using: &random)]
  }
  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func make() -> GeneratedRunbook {
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
    switch pick([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]) {
    case 0: plainAct()
    case 1: grow()
    case 2: restart()
    case 3: transfer()
    case 4: remove()
    case 5: check()
    case 6: find()
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
  private mutating func coveredAct(by earlier: GeneratedRunbook.Step, at: String) {
    let step = GeneratedRunbook.Step(id: nextID, isAct: true, needs: [earlier.id], undo: .covered)
    book.yaml = book.yaml.replacing("sim undo \(earlier.id) x", with: "sim undo \(earlier.id),\(step.id) x")
    add(
      step,
      [
        "act: Do \(step.id)", "at: \(at)", "run: sim do \(step.id) x set",
        "rollback: { covered-by: \(earlier.id) }",
      ])
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
    let start = GeneratedRunbook.Step(id: nextID, isAct: true, needs: [join.id], undo: .command)
    add(
      start,
      [
        "act: Start \(node)", "at: \(node)", "effect: { start: \(node) }",
        "run: sim do \(start.id) x start \(node)",
        "rollback: { effect: { stop: \(node) }, run: 'sim undo \(start.id) x stop \(node)' }",
      ])
    guard promotes else { return }
    let wait = GeneratedRunbook.Step(id: nextID, needs: [start.id])
    add(
      wait,
      [
        "verify: It has caught up", "within: 30s", "every: 500ms",
        "expect: '$cluster.members | any(.name == \"\(node)\" and .healthy and .index >= 1900)'",
      ])
    let promote = GeneratedRunbook.Step(id: nextID, isAct: true, needs: [wait.id], undo: .covered)
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
    let start = GeneratedRunbook.Step(id: nextID, isAct: true, needs: [stop.id], undo: .covered)
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
    let step = begin(isAct: true)
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
    let patience = chance(50) ? ["within: 5s", "every: 1s"] : []
    add(
      step, ["verify: Check \(step.id)", "at: \(pick(book.members))", "run: sim check \(step.id)"] + patience)
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
    let user = GeneratedRunbook.Step(id: nextID, isAct: true, needs: [step.id], undo: .command)
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
  private mutating func begin(isAct: Bool = false) -> GeneratedRunbook.Step {
    var step = GeneratedRunbook.Step(id: nextID, isAct: isAct)
    let earlier = book.steps.map(\.id)
    if let last = earlier.last {
      step.needs = [last]
      if chance(35) { step.needs = earlier.filter { _ in chance(40) } }
    }
    return step
  }

  private mutating func add(_ step: GeneratedRunbook.Step, _ lines: [String]) {
    book.steps.append(step)
    let needs = "needs: [\(step.needs.joined(separator: ", "))]"
    book.yaml += "  \(step.id):\n" + (lines + [needs]).map { "    \($0)\n" }.joined()
  }
}
