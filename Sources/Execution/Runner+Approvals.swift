package import Model
import Planning

/// What a person is asked, with what there is to decide on.
package struct ApprovalQuestion: Sendable {
  package var step: StepID
  package var title: String
  /// The results of the steps that it needs, line by line.
  package var evidence: [String]
  package var withinSeconds: Double?
}

package enum ApprovalAnswer: Sendable, Equatable {
  case approved(by: String)
  case denied(by: String, why: String)
  /// There is no terminal, and nobody answered ahead.
  case nobody
  /// The run ends for another reason.
  case stopped
}

package typealias ApprovalDesk =
  @Sendable (
    _ question: ApprovalQuestion, _ isStopping: @escaping @Sendable () async -> Bool
  ) async -> ApprovalAnswer

extension Runner {
  /// The answer is on disk before anything follows from it.
  func ask(_ id: StepID) async {
    guard let step = plan.step(id) else { return }
    let question = ApprovalQuestion(
      step: id, title: step.title, evidence: evidence(for: step), withinSeconds: step.poll?.withinSeconds)
    let answer = await world.approve(question) { await self.isStopping }
    guard canAct, machine.actions.contains(.ask(id)) else { return }
    switch answer {
    case .approved(let person): record(.answered(step: id, approved: true, by: person, why: ""))
    case .denied(let person, let why): record(.answered(step: id, approved: false, by: person, why: why))
    case .nobody, .stopped: record(.awaiting(step: id))
    }
  }

  private func evidence(for step: PlannedStep) -> [String] {
    needed(by: step).flatMap { need -> [String] in
      let head = "\(need.id) (\(need.role.rawValue)): \(need.title)"
      let out = scope.steps[need.id]?.entries.map { "  \($0.key): \($0.value.asText ?? "null")" } ?? []
      let lines = (printed[need.id] ?? "").split(whereSeparator: \.isNewline)
      let shown = out.isEmpty ? lines.prefix(8).map { "  \($0)" } : out
      return [head] + shown + (out.isEmpty && lines.count > 8 ? ["  …"] : [])
    }
  }

  /// Those that it waited for; through a skipped one, what that would have waited for.
  private func needed(by step: PlannedStep) -> [PlannedStep] {
    step.needs.compactMap { plan.step($0) }.flatMap { need in
      machine.decisions[need.id] == false ? needed(by: need) : [need]
    }
  }
}

extension RunLog.Replay {
  /// The beginning of what each finished step printed last.
  package var printed: [StepID: String] {
    events.reduce(into: [:]) { printed, entry in entry.event.notePrinted(in: &printed) }
  }
}

extension RunEvent {
  func notePrinted(in printed: inout [StepID: String]) {
    guard case .finished(let task, .done, let output) = self, !output.stdout.isEmpty else { return }
    printed[task.step] = String(output.stdout.prefix(2000))
  }
}
