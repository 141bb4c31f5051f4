/// `for: { member: members }`: its steps run once for each of those nodes, a batch after the other.
package struct StepLoop: Sendable {
  package var variable: String
  package var over: Located<Selector>
  /// How many nodes each batch has; the last one repeats. Empty: one at a time.
  package var serial: [BatchSize]
  package var steps: [Step]

  package init(variable: String, over: Located<Selector>, serial: [BatchSize], steps: [Step]) {
    self.variable = variable
    self.over = over
    self.serial = serial
    self.steps = steps
  }
}

/// `use: etcd/configure`: the steps of another runbook take this step's place.
package struct RunbookCall: Sendable {
  package struct Argument: Sendable {
    package var name: Located<String>
    package var value: ScalarText

    package init(name: Located<String>, value: ScalarText) {
      self.name = name
      self.value = value
    }
  }

  package var name: Located<RunbookName>
  package var arguments: [Argument]
  package var runbook: Runbook

  package init(name: Located<RunbookName>, arguments: [Argument], runbook: Runbook) {
    self.name = name
    self.arguments = arguments
    self.runbook = runbook
  }
}

/// A number of nodes, or a share of all of them.
package enum BatchSize: Hashable, Sendable {
  case count(Int)
  case percent(Int)

  /// Rounded down.
  package func count(of total: Int) -> Int {
    switch self {
    case .count(let count): count
    case .percent(let percent): total * percent / 100
    }
  }
}

extension Sequence<BatchSize> {
  /// `elements` in batches of these sizes, each at least one; the last size repeats.
  package func batches<Element>(of elements: [Element]) -> [[Element]] {
    var batches: [[Element]] = []
    var rest = elements[...]
    var size = 1
    var sizes = makeIterator()
    while !rest.isEmpty {
      if let next = sizes.next() { size = Swift.max(1, next.count(of: elements.count)) }
      batches.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return batches
  }
}

extension Step {
  /// Stands for other steps and runs nothing itself.
  package var isComposite: Bool {
    switch body {
    case .loop, .call: true
    case .run, .file, .query: false
    }
  }
}

extension Runbook {
  /// Every step that runs something itself, those inside of loops included; what is called is another runbook's.
  package var plainSteps: [Step] { Runbook.plain(steps) }

  package static func plain(_ steps: [Step]) -> [Step] {
    steps.flatMap { step -> [Step] in
      switch step.body {
      case .loop(let loop): plain(loop.steps)
      case .call: []
      case .run, .file, .query: [step]
      }
    }
  }
}
