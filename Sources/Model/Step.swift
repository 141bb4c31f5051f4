/// One node of a runbook's graph.
package struct Step: Sendable {
  package enum Role: String, CaseIterable, Codable, Sendable {
    case diagnose, act, verify, approve

    package var isReadOnly: Bool { self != .act }
  }

  package var id: StepID
  package var role: Role
  package var title: ScalarText
  /// Nil: a step without a command, judged by belay itself.
  package var at: Located<Selector>?
  package var each: EachClause?
  /// Nil: the step above. Empty: starts at once.
  package var needs: [Located<StepID>]?
  package var when: ScalarText?
  package var body: StepBody
  package var parse: OutputFormat
  package var expect: ScalarText?
  package var out: [OutValue]
  package var effect: Effect?
  package var rollback: Rollback?
  package var landed: ScalarText?
  package var idempotent: Bool
  package var retries: Retries?
  package var poll: Poll?
  package var timeout: DurationText?
  /// What its command reads on standard input.
  package var stdin: ScalarText?
  /// How many nodes of `at:` run it at a time; the last size repeats. Nil: all of them.
  package var serial: [BatchSize]?
  /// How many of its nodes may fail without failing the step.
  package var maxFailures: BatchSize?
  /// Names what will be lost, with its references; the operator types it before anything is applied.
  package var danger: ScalarText?
  package var location: SourceLocation

  package init(
    id: StepID, role: Role, title: ScalarText, location: SourceLocation, at: Located<Selector>? = nil,
    each: EachClause? = nil, needs: [Located<StepID>]? = nil, when: ScalarText? = nil,
    body: StepBody = .query, parse: OutputFormat = .text, expect: ScalarText? = nil, out: [OutValue] = [],
    effect: Effect? = nil, rollback: Rollback? = nil, landed: ScalarText? = nil, idempotent: Bool = false,
    retries: Retries? = nil, poll: Poll? = nil, timeout: DurationText? = nil, serial: [BatchSize]? = nil,
    maxFailures: BatchSize? = nil
  ) {
    self.id = id
    self.role = role
    self.title = title
    self.location = location
    self.at = at
    self.each = each
    self.needs = needs
    self.when = when
    self.body = body
    self.parse = parse
    self.expect = expect
    self.out = out
    self.effect = effect
    self.rollback = rollback
    self.landed = landed
    self.idempotent = idempotent
    self.retries = retries
    self.poll = poll
    self.timeout = timeout
    self.serial = serial
    self.maxFailures = maxFailures
  }
}

package enum StepBody: Sendable {
  /// A shell command on each selected node.
  case run(ScalarText)
  /// A file put in place on each selected node; undone by putting the old one back.
  case file(FileAct)
  /// Another act that is undone as it says itself.
  case own(OwnUndoAct)
  /// Nothing runs: `expect` and `out` are judged over the observation.
  case query
  case loop(StepLoop)
  case call(RunbookCall)
}

package struct FileAct: Sendable {
  package var path: ScalarText
  /// The text with its `${…}` references, from `content:` or from the template's file.
  package var content: ScalarText
  /// The template's name when the content came from one.
  package var template: String?
  /// Octal, as `"0640"`; nil keeps the old file's, or 0644.
  package var mode: String?
  package var owner: String?

  package init(path: ScalarText, content: ScalarText, template: String?, mode: String?, owner: String?) {
    self.path = path
    self.content = content
    self.template = template
    self.mode = mode
    self.owner = owner
  }
}

/// `each: { peer: members }`: the step runs once for every selected node, bound as `peer`.
package struct EachClause: Sendable {
  package var variable: String
  package var over: Located<Selector>

  package init(variable: String, over: Located<Selector>) {
    self.variable = variable
    self.over = over
  }
}

package struct OutValue: Sendable {
  package var name: String
  package var query: ScalarText

  package init(name: String, query: ScalarText) {
    self.name = name
    self.query = query
  }
}

/// `within`, `every`, `steady`: ask again until true so many times in a row, or until the time is up.
package struct Poll: Sendable {
  package var within: DurationText
  package var every: DurationText?
  package var steady: Int
  package var progress: Progress?

  /// How much is left to do, as a query that gives a number. When it has not shrunk for so long, nobody waits on.
  package struct Progress: Sendable {
    package var left: ScalarText
    package var stalled: DurationText?

    package init(left: ScalarText, stalled: DurationText?) {
      self.left = left
      self.stalled = stalled
    }
  }

  package init(within: DurationText, every: DurationText?, steady: Int, progress: Progress? = nil) {
    self.within = within
    self.every = every
    self.steady = steady
    self.progress = progress
  }
}

/// `retries`, `every`: an act that failed without effect is tried again, so many times.
package struct Retries: Sendable {
  package var times: Int
  package var every: DurationText?

  package init(times: Int, every: DurationText?) {
    self.times = times
    self.every = every
  }
}

/// A duration as written (`2m`, `1m30s`) or a reference to an input that holds one.
package enum DurationText: Sendable, Equatable {
  case literal(Duration)
  case reference(ScalarText)

  package static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.literal(let a), .literal(let b)): a == b
    case (.reference(let a), .reference(let b)): a.text == b.text
    default: false
    }
  }
}

/// How the output of a step becomes a value: `parse:` in a runbook.
package enum OutputFormat: Hashable, Codable, Sendable {
  /// A string without the newline at its end.
  case text
  case json
  /// One record per line that the pattern matches, made of its named groups.
  case lines(pattern: String)
  /// `a: b` and `a = b`; a later line wins.
  case keys
  /// A header and rows, in columns set apart by two spaces or by `|`.
  case table
  /// The text format of metrics.
  case prometheus
}
