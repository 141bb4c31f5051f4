import Expressions
import Model

/// A command text of a runbook or a system, read once for all rules.
struct LintScript {
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
    LintFinding(message, at: word.map { place($0.range) } ?? text.location, help: help)
  }

  /// What a variable was last given in this script: nil when nothing.
  func assignment(of name: String) -> (value: ShellCommand.Word, by: LintCommand)? {
    for command in commands.reversed() {
      if let found = command.command.assignments.last(where: { $0.name == name }) {
        return (found.value, command)
      }
    }
    return nil
  }

  /// The words that a `for` gives a variable.
  func loopValues(of name: String) -> ArraySlice<ShellCommand.Word>? {
    commands.first { $0.program == "for" && $0.words.count > 2 && $0.words[1].text == name }
      .map { $0.words[2...].dropFirst() }
  }
}

/// A runbook with all its command texts.
struct LintRunbook {
  let runbook: Runbook
  let context: RuleContext
  let scripts: [LintScript]
  /// What the acts do, in the order of the file, undos left out.
  let acts: [(script: LintScript, command: LintCommand)]
  /// Every command but the undos'.
  let forward: [(script: LintScript, command: LintCommand)]

  init(_ runbook: Runbook, _ context: RuleContext) {
    self.runbook = runbook
    self.context = context
    let defaults = context.known.system?.nodeDefaults ?? []
    scripts = runbook.steps.flatMap { step -> [LintScript] in
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
