package import Model

internal import Planning

/// A runbook's steps and how they hang together, ready to be drawn. What is said of a step is a list of short texts, so
/// that a new key of the language is one line in `remarks`.
package struct RunbookGraph: Sendable {
  package struct Node: Sendable {
    package var id: StepID
    package var role: Step.Role
    package var title: String
    package var remarks: [String]
    /// Cannot be undone once it is done.
    package var isFinal: Bool
    /// Stands for other steps.
    package var isComposite: Bool

    /// What it is: its role, or how it stands for others.
    var kind: String
  }

  package struct Edge: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      /// The second may start when the first is done.
      case order
      /// What undoes the second undoes the first.
      case undo
    }
    package var from: Int
    package var to: Int
    package var kind: Kind
  }

  package var name: String
  package var summary: String
  /// In an order in which they may run.
  package var nodes: [Node]
  /// Between places in `nodes`.
  package var edges: [Edge]

  package init(_ runbook: Runbook) {
    name = runbook.name.rawValue
    summary = runbook.summary
    let graph = StepGraph(runbook.steps.map { (id: $0.id, needs: $0.needs?.map(\.value)) })
    let written = Dictionary(runbook.steps.map { ($0.id, $0) }) { first, _ in first }
    let steps = graph.map { $0.order.compactMap { written[$0] } } ?? runbook.steps
    let places = Dictionary(steps.enumerated().map { ($1.id, $0) }) { first, _ in first }
    nodes = steps.map { step in
      Node(
        id: step.id, role: step.role, title: step.title.text, remarks: step.remarks, isFinal: step.isFinal,
        isComposite: step.isComposite, kind: step.kind)
    }
    edges = []
    for (index, step) in steps.enumerated() {
      for need in graph?.needs[step.id] ?? [] {
        if let place = places[need] { edges.append(Edge(from: place, to: index, kind: .order)) }
      }
      if case .covered(let cover)? = step.rollback, let place = places[cover.value] {
        edges.append(Edge(from: index, to: place, kind: .undo))
      }
    }
  }

  /// The steps that one waits for.
  func needs(of index: Int) -> [Int] {
    edges.filter { $0.kind == .order && $0.to == index }.map(\.from)
  }
}

extension Step {
  fileprivate var isFinal: Bool { if case .none? = rollback { true } else { false } }

  fileprivate var remarks: [String] {
    let own = [
      place, danger.map { "danger: \(oneLine($0.text))" }, when.map { "when \(oneLine($0.text))" }, batches,
      effect?.text, body.text, poll?.text,
      rollback?.text,
    ]
    return own.compactMap { $0 } + body.innerSteps.flatMap(\.asRemarks)
  }

  /// A step inside another one: a line for itself and those for what is in it.
  private var asRemarks: [String] {
    ["- \(kind) \(id): \(oneLine(title.text))"] + body.innerSteps.flatMap(\.asRemarks).map { "  \($0)" }
  }

  fileprivate var isComposite: Bool { kind != role.rawValue }

  fileprivate var kind: String {
    switch body {
    case .loop: "for"
    case .call: "use"
    default: role.rawValue
    }
  }

  private var batches: String? {
    let sizes = serial.map { "in batches of " + $0.map(\.text).joined(separator: ", ") }
    let failures = maxFailures.map { "until more than \($0.text) failed" }
    let parts = [sizes, failures].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private var place: String? {
    let at = at.map { "at \($0.value)" }
    let each = each.map { "for each \($0.variable) of \($0.over.value)" }
    let parts = [at, each].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}

extension Effect {
  fileprivate var text: String { "effect: \(kind.rawValue) \(target.value)" }
}

extension BatchSize {
  fileprivate var text: String {
    switch self {
    case .count(let count): "\(count)"
    case .percent(let percent): "\(percent)%"
    }
  }
}

extension StepBody {
  fileprivate var text: String? {
    switch self {
    case .file(let file): "writes \(oneLine(file.path.text))"
    case .loop(let loop): "for each \(loop.variable) of \(loop.over.value), these steps:"
    case .call(let call): "the steps of \(call.name.value)"
    default: nil
    }
  }

  fileprivate var innerSteps: [Step] { if case .loop(let loop) = self { loop.steps } else { [] } }
}

extension Poll {
  fileprivate var text: String {
    "within \(within.text)" + (steady > 1 ? ", \(steady) times in a row" : "")
  }
}

extension DurationText {
  fileprivate var text: String {
    switch self {
    case .literal(let duration): duration.written
    case .reference(let reference): reference.text
    }
  }
}

extension Rollback {
  fileprivate var text: String {
    switch self {
    case .command(let undo):
      "undo: " + (undo.effect.map { "\($0.kind.rawValue) \($0.target.value)" } ?? oneLine(undo.run.text))
    case .covered(let step): "undone by the undo of \(step.value)"
    case .none(let because): "no way back: \(oneLine(because))"
    case .implied: "undo: put back what was there"
    }
  }
}

/// The first line of a text, short enough for a drawing.
private func oneLine(_ text: String) -> String {
  let limit = 60
  let lines = text.split(whereSeparator: \.isNewline)
  let line = lines.first.map(String.init) ?? ""
  return line.count > limit || lines.count > 1 ? "\(line.prefix(limit))…" : line
}
