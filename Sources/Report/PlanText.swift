import Execution
import Model
package import Planning

/// A plan as a person reviews it in a terminal, readable at 80 columns.
package struct PlanText {
  private let plan: Plan
  private let digest: String
  let paint: Paint
  private let refusals: [StepID: Plan.Refusal]
  private let timeline: [StepID: TimelineEntry]

  package init(_ plan: Plan, digest: String, paint: Paint) {
    self.plan = plan
    self.digest = digest
    self.paint = paint
    refusals = Dictionary(plan.refusals.compactMap { one in one.step.map { ($0, one) } }) { first, _ in first
    }
    timeline = Dictionary(plan.timeline.compactMap { one in one.step.map { ($0, one) } }) { first, _ in first
    }
  }

  package var text: String {
    [header, stepsText, timelineText, unwindText, text(of: plan.safety), lateText, closing].filter {
      !$0.isEmpty
    }
    .joined(separator: "\n")
  }

  private var header: String {
    var text = paint("Plan: \(plan.runbook)", .strong)
    if let cluster = plan.cluster { text += "  on cluster \(cluster)" }
    text += "\n  \(visible(plan.summary))\n"
    for (name, value) in plan.inputs.sorted(by: { $0.key < $1.key }) {
      text += "  \(name) = \(visible(value.text))\n"
    }
    if let before = plan.before { text += observed(before) }
    if let approval = plan.approval {
      let author = approval.author.map { ", \(visible($0))" } ?? ""
      text +=
        "  to be approved by \(approval.required) of \(visible(approval.allowedSigners)) besides its author\(author)\n"
    }
    if let danger = plan.danger { text += "  " + asks(for: danger) }
    return text
  }

  private func asks(for phrase: String) -> String {
    paint("danger: ", .error) + "to be confirmed as \"\(visible(phrase))\"\n"
  }

  private func observed(_ observation: Observation) -> String {
    guard let membership = observation.membership else {
      return "  " + paint("cluster not agreed on: ", .error)
        + visible(observation.disagreements.joined(separator: "; ")) + "\n"
    }
    let members = membership.members.map { member in
      let marks = [member.isLeader ? "leader" : nil, member.isVoter ? nil : "learner"].compactMap(\.self)
      let text = member.label + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))")
      return member.health == .healthy ? text : paint("\(text) \(member.health.rawValue)", .warning)
    }
    return "  observed: \(members.joined(separator: ", ")); term \(membership.term)\n"
  }

  // MARK: Steps

  private var stepsText: String {
    paint("Steps", .strong) + "\n"
      + plan.steps.enumerated().map { index, step in text(of: step, number: index + 1) }.joined()
  }

  private func text(of step: PlannedStep, number: Int) -> String {
    let tone: Paint.Tone = step.role == .act ? .warning : .quiet
    let margin = String(repeating: " ", count: 5)
    var text =
      "\(padded(number, 3)). \(paint(step.role.rawValue, tone)) \(paint(step.id.rawValue, .strong)): "
    text += visible(step.title) + "\n"
    switch step.condition {
    case .skipped(let because): return text + margin + paint("skipped, \(visible(because))", .dim) + "\n"
    case .when(let query): text += margin + "only when \(visible(query)), decided at its turn\n"
    case .always: break
    }
    for task in step.tasks { text += lines(of: task, margin) }
    if let expect = step.expect {
      text += margin + paint("expects ", .dim) + visible(shellLine(expect)) + "\n"
    }
    if let poll = step.poll {
      let steady = poll.steady > 1 ? ", \(poll.steady) times in a row" : ""
      text += margin + paint("within \(seconds(poll.withinSeconds))\(steady)", .dim) + "\n"
    }
    if let retries = step.retries {
      let often = "tried \(retries.times) more times, \(seconds(retries.everySeconds)) apart"
      text += margin + paint("\(often), if it fails without effect", .dim) + "\n"
    }
    for phrase in step.danger ?? [] { text += margin + asks(for: phrase) }
    if let refusal = refusals[step.id] {
      text += margin + paint("refused: ", .error) + visible(refusal.reason) + "\n"
    } else if let entry = timeline[step.id] {
      let reasons = (entry.verdict.map { [$0.reason] } ?? []) + (entry.declared ?? []).map(\.text)
      for reason in reasons { text += margin + paint("guard: ", .good) + visible(reason) + "\n" }
    }
    return text + undo(of: step, margin)
  }

  private func lines(of task: PlannedTask, _ margin: String) -> String {
    let place = paint("@\(place(task))", .quiet)
    switch task.work {
    case .query: return ""
    case .command(let command):
      let lines = command.asOfNow.split(separator: "\n").map { visible(String($0)) }
      if lines.count == 1 { return "\(margin)\(place) \(lines[0])\n" }
      return "\(margin)\(place)\n" + lines.map { "\(margin)  \($0)\n" }.joined()
    case .file(let file):
      return "\(margin)\(place) write \(visible(file.path))\(file.mode.map { " (mode \($0))" } ?? "")\n"
        + diff(file).map { "\(margin)  \($0)\n" }.joined()
    case .service, .copy, .moveAside, .wipe: return lines(of: task.work, at: place, margin)
    }
  }

  private func undo(of step: PlannedStep, _ margin: String) -> String {
    let label = paint("undo: ", .dim)
    switch step.undo {
    case .nothing where step.effect?.kind.needsNoUndo == true:
      return "\(margin)\(label)none needed: leadership moves by itself\n"
    case .nothing: return ""
    case .restoreFile: return "\(margin)\(label)put the previous file back\n"
    case .restore:
      let display = step.tasks.first?.work.undoDisplay ?? ""
      return "\(margin)\(label)\(visible(display))\n"
    case .covered(let by): return "\(margin)\(label)covered by the undo of \(by)\n"
    case .none(let because):
      return margin + paint("no way back: ", .error) + visible(because) + "\n"
    case .commands:
      return step.tasks.compactMap(\.undo).prefix(1).map {
        "\(margin)\(label)\(visible(shellLine($0.asOfNow)))\n"
      }.joined()
    }
  }

  private func place(_ task: PlannedTask) -> String {
    let loop = task.loop.map { " for \($0.node)" } ?? ""
    switch task.place {
    case .node(let name): return name.rawValue + loop
    case .leader(let now): return "leader" + (now.map { " (now \($0))" } ?? "") + loop
    case .anyOf(let names): return "any of \(names.map(\.rawValue).joined(separator: ", "))" + loop
    case .belay: return "belay"
    }
  }

  // MARK: The way there and back

  private var timelineText: String {
    guard plan.timeline.count > 1 else { return "" }
    var text = paint("Membership after each act", .strong) + "\n"
    let width = plan.timeline.map { ($0.step?.rawValue ?? "now").count }.max() ?? 0
    for entry in plan.timeline {
      let name = (entry.step?.rawValue ?? "now").padding(to: width)
      let learners = entry.learners.isEmpty ? "" : " + learner \(entry.learners.joined(separator: ", "))"
      text += "  \(name)  \(entry.voters.joined(separator: " "))\(learners): "
      guard entry.quorum > 0 else {
        text += "\(entry.voters.count) members\n"
        continue
      }
      text += "\(entry.voters.count) voters, quorum \(entry.quorum), "
      text +=
        entry.tolerates >= 0
        ? "tolerates \(entry.tolerates) more \(entry.tolerates == 1 ? "failure" : "failures")\n"
        : paint("no quorum", .error) + "\n"
    }
    return text
  }

  private var unwindText: String {
    let acts = plan.steps.filter { $0.role == .act && !$0.isSkipped }
    guard !acts.isEmpty else { return "" }
    var text = paint("If a step fails, what is undone", .strong) + "\n"
    let unwinds = plan.unwinds
    for (index, unwind) in unwinds.enumerated() {
      // A short way back is written out; a long one names where it is.
      let whole = unwinds[...index].suffix(8).reversed().map(\.first.rawValue)
      let rest = unwind.thenAsAt.map { ", then as at \($0)" } ?? ""
      text +=
        "  at \(unwind.at): "
        + (whole.count < 8 ? whole.joined(separator: ", then ") : "\(unwind.first)\(rest)") + "\n"
    }
    for step in plan.pointsOfNoReturn { text += "  " + paint("no way back after \(step.id)", .error) + "\n" }
    return text
  }

  private var lateText: String {
    var late: Set<String> = []
    for step in plan.steps {
      for task in step.tasks {
        if case .command(let command) = task.work { late.formUnion(command.late.keys) }
        late.formUnion(task.undo?.late.keys.map(\.self) ?? [])
      }
    }
    guard !late.isEmpty else { return "" }
    return paint("Looked up again right before use", .strong) + "\n  "
      + late.sorted().map { "${\($0)}" }.joined(separator: ", ") + "\n"
  }

  private var closing: String {
    var text = plan.warnings.map { paint("warning: ", .warning) + visible($0) + "\n" }.joined()
    for refusal in plan.refusals where refusal.step == nil {
      text += paint("refused: ", .error) + visible(refusal.reason) + "\n"
    }
    let acts = plan.steps.filter { $0.role == .act && !$0.isSkipped }.count
    let later = plan.knownLater.count
    let rest =
      plan.complete ? "yes" : "no, \(later) \(later == 1 ? "thing is" : "things are") known only later"
    text += "Complete: \(rest). Applyable: \(plan.applyable ? "yes" : "no"). "
    text += "Errored: \(plan.errored ? "yes" : "no").\n"
    text += "\(acts) acts, \(plan.steps.filter { $0.role != .act && !$0.isSkipped }.count) checks. "
    text +=
      plan.isApplicable ? "Digest \(digest.prefix(16)).\n" : paint("This plan will not be applied.\n", .error)
    return text
  }
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = "\(number)"
  return String(repeating: " ", count: max(0, width - digits.count)) + digits
}

func seconds(_ value: Double) -> String {
  value == value.rounded() ? "\(Int(value)) s" : "\(value) s"
}

extension String {
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension PlannedCommand {
  /// The command with late values as they were while planning, where they were known.
  fileprivate var asOfNow: String {
    var text = display
    for case (let path, let value?) in late { text = text.replacing("${\(path)}", with: value) }
    return text
  }
}
