import Execution
import Model
import Planning
import Platform

/// Makes the steps of a page; what each step needs of the plan is looked up once.
struct StepParts {
  private let refusals: [StepID: [Plan.Refusal]]
  private let verdicts: [StepID: GuardVerdict]
  /// Of the guards that the system declares.
  private let declared: [StepID: [DeclaredVerdict]]
  private let times: [StepID: TimeEstimate.StepTime]
  private let above: [StepID: StepID]

  init(_ plan: Plan, _ review: PlanReview) {
    refusals = Dictionary(grouping: plan.refusals.filter { $0.step != nil }) { $0.step ?? StepID("") }
    verdicts = Dictionary(
      plan.timeline.compactMap { entry in
        entry.step.flatMap { step in entry.verdict.map { (step, $0) } }
      }, uniquingKeysWith: { first, _ in first })
    declared = Dictionary(
      plan.timeline.compactMap { entry in entry.step.map { ($0, entry.declared ?? []) } },
      uniquingKeysWith: { first, _ in first })
    times = Dictionary(
      (review.estimate?.steps ?? []).map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first })
    above = Dictionary(
      zip(plan.steps.dropFirst(), plan.steps).map { ($0.id, $1.id) }, uniquingKeysWith: { first, _ in first })
  }

  func part(_ step: PlannedStep, number: Int) -> PlanPage.StepPart {
    var part = PlanPage.StepPart(
      number: number, id: step.id, role: step.role, title: step.title, details: [],
      isPointOfNoReturn: false, isRefused: refusals[step.id] != nil, needs: step.needs)
    if case .skipped(let because) = step.condition {
      part.skipped = because
      return part
    }
    if case .none = step.undo { part.isPointOfNoReturn = true }
    part.details = order(of: step, number) + deeds(of: step) + facts(of: step) + verdict(on: step)
    part.details += undo(of: step)
    return part
  }

  /// When its turn comes, where that is not after the step above it.
  private func order(of step: PlannedStep, _ number: Int) -> [PlanPage.Detail] {
    var facts: [PlanPage.Fact] = []
    if step.needs != [above[step.id]].compactMap(\.self) {
      let after = step.needs.map(\.rawValue).joined(separator: ", ")
      facts.append(
        after.isEmpty
          ? PlanPage.Fact(label: "starts", text: "at once") : PlanPage.Fact(label: "after", text: after))
    }
    if case .when(let query) = step.condition {
      facts.append(
        PlanPage.Fact(label: "only when", text: oneLine(query), tone: .warning, isCode: true))
      facts.append(PlanPage.Fact(label: "decided", text: "when its turn comes"))
    }
    return facts.map { .fact($0) }
  }

  private func deeds(of step: PlannedStep) -> [PlanPage.Detail] {
    let hasBatches = step.tasks.contains { $0.batch > 0 }
    var deeds: [(batch: Int, deed: PlanPage.Deed)] = []
    for task in step.tasks {
      guard let work = PlanPage.Deed.Work(task.work) else { continue }
      let place = task.placeText
      if let last = deeds.last, last.batch == task.batch, last.deed.work == work {
        if last.deed.place != place { deeds[deeds.count - 1].deed.place += ", \(place)" }
      } else {
        deeds.append((task.batch, PlanPage.Deed(place: place, work: work)))
      }
    }
    var details: [PlanPage.Detail] = []
    var batch = -1
    for (number, deed) in deeds {
      if hasBatches, number != batch {
        details.append(.fact(PlanPage.Fact(label: "batch", text: "\(number + 1)")))
        batch = number
      }
      details.append(.deed(deed))
    }
    return details
  }

  private func facts(of step: PlannedStep) -> [PlanPage.Detail] {
    var facts: [PlanPage.Fact] = []
    if let expect = step.expect {
      facts.append(PlanPage.Fact(label: "expects", text: oneLine(expect), isCode: true))
    }
    if let poll = step.poll {
      var text = roughly(poll.withinSeconds)
      if poll.steady > 1 { text += ", \(poll.steady) times in a row" }
      if let progress = poll.progress {
        text += "; given up when nothing moves for \(roughly(progress.stalledSeconds))"
      }
      facts.append(PlanPage.Fact(label: "within", text: text))
    }
    if let retries = step.retries {
      let often = "\(retries.times) more times, \(roughly(retries.everySeconds)) apart"
      facts.append(PlanPage.Fact(label: "tried", text: "\(often), if it fails without effect"))
    }
    if step.tolerates > 0 {
      facts.append(
        PlanPage.Fact(label: "tolerates", text: "\(step.tolerates) of \(step.tasks.count) that fail"))
    }
    if let time = times[step.id] {
      let runs = "\(time.runs) earlier \(time.runs == 1 ? "run" : "runs")"
      facts.append(PlanPage.Fact(label: "took", text: "\(roughly(time.seconds)) in \(runs)"))
    }
    for phrase in step.danger ?? [] {
      facts.append(PlanPage.Fact(label: "danger", text: "to be confirmed as \"\(phrase)\"", tone: .error))
    }
    return facts.map { .fact($0) }
  }

  /// A guard's answer and the numbers that it was given on.
  private func verdict(on step: PlannedStep) -> [PlanPage.Detail] {
    let refused = (refusals[step.id] ?? []).map { refusal in
      PlanPage.Fact(
        label: "refused", text: refusal.reason + (refusal.verdict.map { " (\($0.evidence))" } ?? ""),
        tone: .error)
    }
    if !refused.isEmpty { return refused.map { .fact($0) } }
    guard let effect = step.effect else { return [] }
    let change = "\(effect.kind.rawValue) \(effect.node)"
    let own = (declared[step.id] ?? []).map { verdict in
      PlanPage.Detail.fact(
        PlanPage.Fact(
          label: "guard", text: verdict.text, tone: verdict.decision == .allow ? .good : .warning))
    }
    guard let verdict = verdicts[step.id] else {
      return [.fact(PlanPage.Fact(label: "effect", text: change))] + own
    }
    let text = "\(change): \(verdict.reason) (\(verdict.evidence))"
    return [.fact(PlanPage.Fact(label: "guard", text: text, tone: .good))] + own
  }

  private func undo(of step: PlannedStep) -> [PlanPage.Detail] {
    switch step.undo {
    case .nothing where step.effect?.kind.needsNoUndo == true:
      return [.fact(PlanPage.Fact(label: "undo", text: "none needed: leadership moves by itself"))]
    case .nothing: return []
    case .covered(let by): return [.fact(PlanPage.Fact(label: "undo", text: "covered by the undo of \(by)"))]
    case .none(let because):
      return [.fact(PlanPage.Fact(label: "no way back", text: because, tone: .error))]
    case .commands, .restoreFile, .restore: return [.undo(step.undoDeeds)]
    }
  }
}

extension GuardVerdict {
  /// `before it 3 of 3 healthy, quorum 2`
  fileprivate var evidence: String {
    "before it \(healthy) of \(voters) healthy, quorum \(quorumBefore)"
  }
}

/// A query over several lines as one.
private func oneLine(_ text: String) -> String {
  text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " ")
}
