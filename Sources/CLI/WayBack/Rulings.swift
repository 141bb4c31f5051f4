import Execution
import Model
import Planning
import Platform

extension Flag {
  static let settle = Flag(
    name: "settle", value: "STEP=done|failed|never", isRepeatable: true,
    help: "decide on an outcome that nothing else can tell; needs --because, and is journaled")
}

/// What the operator says of outcomes that neither a receipt nor the cluster can tell. It counts only once both have
/// been asked in vain.
struct Rulings: Sendable {
  private(set) var words: [TaskKey: PersonsWord] = [:]

  /// `mayExplain`: `--because` has a meaning of its own too.
  init(_ arguments: Arguments, _ replay: RunLog.Replay, mayExplain: Bool = false) throws {
    let given = arguments.values(.settle)
    let because =
      (arguments.value(.because) ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !given.isEmpty else {
      if arguments.has(.because), !mayExplain { throw UsageError("--because goes with --settle STEP=…") }
      return
    }
    guard !because.isEmpty else {
      throw UsageError("--settle needs --because \"…\": whoever reads the journal will ask how you know")
    }
    for text in given {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let ruling = Ruling(rawValue: parts[1]) else {
        throw UsageError(
          "--settle takes STEP=\(Ruling.allCases.map(\.rawValue).joined(separator: "|")), not \"\(text)\"")
      }
      for task in try Self.tasks(parts[0], replay.machine) {
        words[task] = PersonsWord(ruling: ruling, by: Host.userName, because: because)
      }
    }
  }

  /// A step stands for those of its tasks that are in doubt; `STEP.2` for one of them.
  private static func tasks(_ text: String, _ machine: RunMachine) throws -> [TaskKey] {
    let named = machine.tasks.keys.filter { $0.step.rawValue == text || $0.description == text }.sorted()
    guard !named.isEmpty else {
      let acts = machine.plan.steps.filter { $0.role == .act && !$0.isSkipped }.map(\.id.rawValue)
      let near = suggestion(for: text, among: acts).map { "did you mean \"\($0)\"?" }
      throw Stop(.usage, "the run has no step \"\(text)\"; nothing was touched", help: near)
    }
    let doubtful = named.filter(machine.isInDoubt)
    guard !doubtful.isEmpty else {
      throw Stop(
        .usage, "how \(text) ended is known, and nobody is to decide on it: \(machine.outcome(of: named[0]))",
        help: "leave --settle out")
    }
    return doubtful
  }

  /// What was said and not needed: facts come first.
  func unused(in events: [RunEvent]) -> [TaskKey] {
    let used = Set(
      events.compactMap { event -> TaskKey? in
        if case .ruled(let task, _, _, _) = event { task } else { nil }
      })
    return words.keys.filter { !used.contains($0) }.sorted()
  }
}

extension RunMachine {
  fileprivate func isInDoubt(_ task: TaskKey) -> Bool {
    guard plan.step(task.step)?.role == .act else { return false }
    return switch tasks[task] {
    case .running, .unknown, .undecidable: true
    default: false
    }
  }

  fileprivate func outcome(of task: TaskKey) -> String {
    switch tasks[task] {
    case .done: "it was done"
    case .failed(let reason, _), .retryable(let reason): "it failed: \(reason)"
    case .pending, nil: "it was never started"
    default: "it is no act"
    }
  }
}
