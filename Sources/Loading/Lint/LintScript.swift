import Expressions
import Model

/// A command text of a runbook or a system, read once for all rules, which pass it on by reference.
final class LintScript {
  enum Part {
    case diagnose, verify, act, undo
    /// A question of a system's `observe:`.
    case question
  }

  let text: ScalarText
  let part: Part
  /// Nil for a question.
  let step: Step?
  /// What the act, or the undo, is declared to do to the membership.
  let effect: Effect?
  let at: Selector?
  let system: SystemName?
  let nodeDefaults: [NodeDefault]
  let commands: [LintCommand]
  let comments: [ShellScript.Comment]
  /// `set -e`: a failure ends the script.
  let stopsAtFailure: Bool

  init(
    _ text: ScalarText, _ part: Part, step: Step?, effect: Effect?, at: Selector?, system: SystemName?,
    nodeDefaults: [NodeDefault]
  ) {
    self.text = text
    self.part = part
    self.step = step
    self.effect = effect
    self.at = at
    self.system = system
    self.nodeDefaults = nodeDefaults
    let script = ShellScript.read(text.text)
    commands = LintCommand.all(in: script)
    comments = script.comments
    var assignments: [String: (value: ShellCommand.Word, by: LintCommand)] = [:]
    var loopValues: [String: ArraySlice<ShellCommand.Word>] = [:]
    for command in commands {
      for assignment in command.command.assignments {
        assignments[assignment.name] = (assignment.value, command)
      }
      if command.program == "for", command.words.count > 2 {
        loopValues[command.words[1].text] = command.words.dropFirst(3)
      }
    }
    self.assignments = assignments
    self.loopValues = loopValues
    stopsAtFailure = commands.contains { $0.program == "set" && $0.option("-e") != nil }
  }

  var changes: Bool { part == .act || part == .undo }

  /// Whether something looks at what the command prints, and not only at its exit status.
  var isJudgedByOutput: Bool {
    switch part {
    case .question: true
    case .undo: false
    default: step.map { $0.expect != nil || !$0.out.isEmpty } ?? false
    }
  }

  func place(_ range: Range<Int>) -> SourceLocation {
    text.location(atByte: range.lowerBound, length: range.count)
  }

  func finding(_ message: String, at word: ShellCommand.Word?, help: String? = nil) -> LintFinding {
    guard let word else { return LintFinding(message, at: text.location, help: help) }
    return LintFinding(message, at: word.range, of: text, help: help)
  }

  /// Where a variable gets its value, by its name; the last place counts.
  let assignments: [String: (value: ShellCommand.Word, by: LintCommand)]
  /// The words that a `for` gives a variable, by its name.
  let loopValues: [String: ArraySlice<ShellCommand.Word>]
}

/// A runbook with all its command texts.
struct LintRunbook {
  let runbook: Runbook
  let context: RuleContext
  /// Those that run something themselves, in the order of the file; what another runbook does is not known here.
  let steps: [Step]
  let scripts: [LintScript]
  /// What the acts do, in the order of the file, undos left out.
  let acts: [(script: LintScript, command: LintCommand)]
  /// Every command but the undos'.
  let forward: [(script: LintScript, command: LintCommand)]

  init(_ runbook: Runbook, _ context: RuleContext) {
    self.runbook = runbook
    self.context = context
    let defaults = context.known.system?.nodeDefaults ?? []
    steps = runbook.plainSteps
    scripts = steps.flatMap { step -> [LintScript] in
      var scripts: [LintScript] = []
      if case .run(let text) = step.body {
        let part: LintScript.Part =
          switch step.role {
          case .act: .act
          case .verify: .verify
          case .diagnose, .approve: .diagnose
          }
        scripts.append(
          LintScript(
            text, part, step: step, effect: step.effect, at: step.at?.value, system: runbook.system,
            nodeDefaults: defaults))
      }
      if case .command(let undo)? = step.rollback {
        scripts.append(
          LintScript(
            undo.run, .undo, step: step, effect: undo.effect, at: undo.at?.value ?? step.at?.value,
            system: runbook.system, nodeDefaults: defaults))
      }
      return scripts
    }
    forward = scripts.filter { $0.part != .undo }.flatMap { script in
      script.commands.map { (script, $0) }
    }
    acts = forward.filter { $0.script.part == .act }
  }
}
