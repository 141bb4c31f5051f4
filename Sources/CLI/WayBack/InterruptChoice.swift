import Execution
import Model
import Platform

extension Flag {
  static let onInterrupt = Flag(
    name: "on-interrupt", value: "rollback|keep",
    help: "what Ctrl-C does with what was done: undo it (default), or keep it to go on later")
}

/// What becomes of a run that somebody stops.
enum InterruptChoice: String, CaseIterable, Sendable {
  case rollback, keep

  init(_ arguments: Arguments) throws {
    let text = arguments.value(.onInterrupt) ?? Self.rollback.rawValue
    guard let choice = Self(rawValue: text) else {
      let near = suggestion(for: text, among: Self.allCases.map(\.rawValue)).map { "; did you mean \($0)?" }
      throw UsageError("--on-interrupt takes rollback or keep, not \"\(text)\"\(near ?? "")")
    }
    self = choice
  }

  /// What is said at the first signal.
  var promise: String {
    switch self {
    case .rollback: "finishing what is in flight, then undoing; once more stops at once"
    case .keep: "finishing what is in flight; what was done stays; once more stops at once"
    }
  }

  func apply(to runner: Runner, _ reason: String) async {
    switch self {
    case .rollback: await runner.interrupt(reason)
    case .keep: await runner.pause(reason)
    }
  }
}
