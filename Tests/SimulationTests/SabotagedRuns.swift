import Execution
import TestSupport

/// Every way in which an act of a runbook can fail. A run of it goes well; as each act begins, other runs branch off from
/// it, in which that act fails, and from each of those another one as the undo of that act begins, in which this fails too.
/// What is the same in them is run once: until the act begins, a run does not know whether it will be sabotaged, nor until
/// the undo begins whether that will.
final class SabotagedRuns {
  struct Count: CustomStringConvertible {
    /// Acts that began, and so were sabotaged. One whose condition does not hold has nothing to fail in.
    var acts = 0
    /// Those that did not begin.
    var idle = 0
    /// Runs that ended, the ones in which nothing fails included.
    var runs = 0
    var ends: [String: Int] = [:]

    var description: String {
      let ends = ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      return "\(acts) acts, \(idle) more that had nothing to do, \(runs) runs (\(ends))"
    }

    static func += (all: inout Count, one: Count) {
      all.acts += one.acts
      all.idle += one.idle
      all.runs += one.runs
      all.ends.merge(one.ends, uniquingKeysWith: +)
    }
  }

  private let scenario: Scenario
  private let simulation: Simulation
  private let seed: UInt64
  private let isSentTwice: Bool
  private let branches = Branches()
  /// What befalls the run of this process.
  private var sabotage: Sabotage?
  private var begun: Set<String> = []
  private var hasUndoBegun = false

  private init(_ scenario: Scenario, seed: UInt64, isSentTwice: Bool) {
    self.scenario = scenario
    self.seed = seed
    self.isSentTwice = isSentTwice
    simulation = Simulation(scenario, seed: seed, weather: .calm)
  }

  /// All of them, with everything sent once and then with everything sent twice; throws when one did not come out clean or
  /// saying what is owed. `goesWell`: the run in which nothing fails must end with 0.
  static func all(of scenario: Scenario, goesWell: Bool, _ one: inout Campaign.Case) throws -> Count {
    var count = Count()
    for isSentTwice in [false, true] {
      let runs = SabotagedRuns(scenario, seed: one.random.next(), isSentTwice: isSentTwice)
      count += try runs.all(goesWell: goesWell)
      (count.acts, count.idle) = runs.acts
    }
    return count
  }

  private var acts: (begun: Int, idle: Int) {
    (begun.count, scenario.book.steps.count { $0.isAct && !begun.contains($0.id) })
  }

  private func all(goesWell: Bool) throws -> Count {
    simulation.world.sendsTwice = isSentTwice
    // They have most of their journals in common.
    simulation.readingBackOneOf = 50
    simulation.world.interfere = { [unowned self] command in
      guard case .receipt(let order) = command else { return nil }
      return fate(of: order)
    }
    // Nothing of a branch may leave this function but its report.
    let report: Branches.Report
    do {
      let end = try simulation.begin()
      report = Branches.Report(hasFailed: false, text: try judged(end, goesWell: goesWell))
    } catch {
      report = Branches.Report(hasFailed: true, text: "\(error)")
    }
    let reports = branches.conclude(report)
    let failures = reports.filter(\.hasFailed)
    guard failures.isEmpty else {
      let some = failures.prefix(2).map(\.text).joined(separator: "\n")
      throw Campaign.Failure("\(failures.count) of \(reports.count) runs\n\(some)")
    }
    return Count(
      runs: reports.count,
      ends: Dictionary(reports.map { ($0.text, 1) }, uniquingKeysWith: +))
  }

  // MARK: What befalls it

  private func fate(of order: ReceiptOrder) -> Fate {
    if sabotage == nil, !order.isUndo, begun.insert(order.step).inserted { sabotage(order.step) }
    guard let sabotage else { return Fate() }
    if order.isUndo {
      guard order.step == scenario.book.undoer(of: sabotage.step) else { return Fate() }
      return fateOfUndo()
    }
    guard order.step == sabotage.step else { return Fate() }
    return switch sabotage.moment {
    case .before: Fate(trouble: .failsBefore)
    case .during: Fate(trouble: .runnerDies(beforeTheEffect: false))
    case .lost: Fate(trouble: .runnerDies(beforeTheEffect: true))
    case .after: Fate(trouble: .failsAfter)
    }
  }

  private func sabotage(_ step: String) {
    for moment in Sabotage.Moment.allCases where goesAnotherWay() {
      sabotage = Sabotage(step: step, moment: moment, isSentTwice: isSentTwice)
      return
    }
  }

  private func fateOfUndo() -> Fate {
    if !hasUndoBegun {
      hasUndoBegun = true
      if goesAnotherWay() { sabotage?.undoFails = true }
    }
    return Fate(trouble: sabotage?.undoFails == true ? .failsBefore : .none)
  }

  /// True in the branch, where chance is another one from here on.
  private func goesAnotherWay() -> Bool {
    guard branches.branch() else { return false }
    simulation.world.random = SeededRandom(seed: SeededRandom.mixed(seed, branches.number))
    return true
  }

  // MARK: What becomes of it

  /// How it ended: clean, or it says what is owed.
  private func judged(_ end: Simulation.End, goesWell: Bool) throws -> String {
    let hasPointOfNoReturn = simulation.world.judge.hasLostForGood
    do { try simulation.mustHold(after: end) } catch {
      throw Campaign.Failure("\(sabotage.map { "\($0)" } ?? "nothing fails"): \(error)")
    }
    // Nothing but the sabotage went wrong.
    let mayOwe =
      sabotage?.undoFails == true || sabotage?.moment == .during || sabotage?.moment == .lost
      || hasPointOfNoReturn || simulation.world.judge.isBlockedByAGuard
      || simulation.hasOtherMembers
    let clean = sabotage == nil && goesWell ? ["exit 0"] : ["exit 0", "exit 5"]
    guard clean.contains(end.text) || mayOwe && end.text == "exit 6" && (sabotage != nil || !goesWell) else {
      let log = simulation.world.log.joined(separator: "\n")
      throw Campaign.Failure(
        "\(sabotage.map { "\($0)" } ?? "nothing fails"): \(end.text)\n\(scenario.book.yaml)\n\(log)\n"
          + "\(simulation.world.judge.events.suffix(4))")
    }
    return end.text
  }
}

extension JudgedRunbook {
  /// The step whose undo takes this one back.
  fileprivate func undoer(of step: String) -> String { self.step(step)?.coveredBy ?? step }
}
