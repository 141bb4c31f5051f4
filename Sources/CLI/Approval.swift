import Execution
import Model
import Planning
import Platform
import Report

extension Flag {
  static let approve = Flag(
    name: "approve", value: "STEP", isRepeatable: true,
    help: "say yes ahead to an approve step; --yes does not")
  static let deny = Flag(
    name: "deny", value: "STEP", isRepeatable: true, help: "say no ahead to an approve step")
}

/// Answers approve steps: from the command line, else a person at the terminal, else nobody.
struct Approvals: Sendable {
  private let session: Session
  private let approved: Set<StepID>
  private let denied: Set<StepID>

  init(_ arguments: Arguments, _ plan: Plan, _ session: Session) throws {
    self.session = session
    approved = Set(arguments.values(.approve).map { StepID($0) })
    denied = Set(arguments.values(.deny).map { StepID($0) })
    let steps = plan.steps.filter { $0.role == .approve && !$0.isSkipped }.map(\.id)
    for step in approved.union(denied) where !steps.contains(step) {
      let near = suggestion(for: step.rawValue, among: steps.map(\.rawValue)).map { "; did you mean \($0)?" }
      let all = steps.isEmpty ? "; it has none" : "; it has \(steps.map(\.rawValue).joined(separator: ", "))"
      throw UsageError("the plan has no approve step \"\(step)\"\(near ?? all)")
    }
    if let both = approved.intersection(denied).min() {
      throw UsageError("--approve and --deny both name \(both)")
    }
  }

  func answer(
    _ question: ApprovalQuestion, isStopping: @Sendable () async -> Bool
  ) async -> ApprovalAnswer {
    if approved.contains(question.step) { return .approved(by: Host.userName) }
    if denied.contains(question.step) { return .denied(by: Host.userName, why: "said on the command line") }
    say(question)
    guard session.canAsk else { return .nobody }
    let clock = ContinuousClock()
    let deadline = question.withinSeconds.map { clock.now + .seconds($0) }
    prompt(question)
    while await !isStopping() {
      if let deadline, clock.now >= deadline {
        return .denied(by: "nobody", why: "there was no answer within \(question.withinSeconds ?? 0) s")
      }
      // A waiting thread could keep Ctrl-C from being heard.
      guard StandardStream.input.isReadable else {
        try? await clock.sleep(for: .milliseconds(100))
        continue
      }
      switch readLine(strippingNewline: true) {
      case "yes": return .approved(by: Host.userName)
      case "no": return .denied(by: Host.userName, why: "")
      case nil: return .nobody
      default: prompt(question)
      }
    }
    return .stopped
  }

  private func say(_ question: ApprovalQuestion) {
    session.say(
      session.paint("waits for a person: ", .warning) + "\(question.step): \(visible(question.title))")
    for line in question.evidence { session.say("  \(visible(line))") }
  }

  private func prompt(_ question: ApprovalQuestion) {
    session.write("Approve \(question.step)? Type yes or no: ")
  }
}
