import Model
import Planning

extension RunMachine {
  /// A person is asked once nothing else can be done without them: they decide on all that is known by then, and
  /// a run that stops to wait for them leaves nothing half done.
  func withoutEarlyQuestions(_ ready: [RunAction]) -> [RunAction] {
    let questions = ready.filter { if case .ask = $0 { true } else { false } }
    guard let first = questions.first else { return ready }
    if questions.count < ready.count { return ready.filter { !questions.contains($0) } }
    if tasks.values.contains(.running) { return [] }
    return waitingFor == nil ? [first] : [.end(exit: ExitCode.interrupted.rawValue)]
  }

  /// What becomes of an approve step with its answer.
  func outcome(approved: Bool, by person: String, why: String) -> TaskState {
    approved
      ? .done
      : .failed(reason: "\(person) did not approve\(why.isEmpty ? "" : ": \(why)")", mayHaveActed: false)
  }
}
