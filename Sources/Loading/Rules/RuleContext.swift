package import Model

/// What is known around a runbook when it is checked; what is nil is not judged.
package struct RunbookContext: Sendable {
  package var system: ClusterSystem?
  /// The clusters it may run on.
  package var clusters: [Cluster]?

  package init(system: ClusterSystem? = nil, clusters: [Cluster]? = nil) {
    self.system = system
    self.clusters = clusters
  }
}

/// A step as its author meant it, even where it could not be read.
struct WrittenStep {
  let id: StepID
  /// Nil when too little of it could be read to judge it.
  var step: Step?
  /// Keys that are there but wrong: reported already, so no rule calls them missing.
  var unreadable: Set<String> = []
  /// Where each of its keys is written.
  var places: [String: SourceLocation] = [:]
  /// The steps of a loop.
  var inner: [WrittenStep] = []

  init(id: StepID) { self.id = id }
}

/// What every rule may look at besides the runbook.
struct RuleContext {
  let known: RunbookContext
  let graph: StepGraph
  /// Every step's name in the order of the file, readable or not.
  let stepNames: [StepID]
  /// Inputs whose declaration could not be read: reported already, so nothing is said about their use.
  let unreadableInputs: Set<String>
  /// What a node of the runbook's system is known to have.
  let nodeFields: [String]
  /// For the steps of a loop: what is certain to be done before it, with the names of its outputs.
  let outside: [StepID: [String]]
  private let written: [StepID: WrittenStep]

  init(
    _ runbook: Runbook, _ known: RunbookContext, written: [WrittenStep], unreadableInputs: Set<String>,
    outside: [StepID: [String]] = [:]
  ) {
    self.outside = outside
    // What other systems' nodes have says nothing about this one's.
    let own = known.clusters?.filter { known.system == nil || $0.system.value == known.system?.name } ?? []
    self.known = RunbookContext(system: known.system, clusters: own.isEmpty ? nil : own)
    self.graph = StepGraph(runbook.steps)
    let variables = own.flatMap(\.nodes).flatMap(\.variables.keys)
    let defaults = known.system?.nodeDefaults.map(\.name) ?? []
    self.nodeFields = Scope.builtInNodeFields.union(defaults).union(variables).sorted()
    self.stepNames = written.map(\.id)
    self.unreadableInputs = unreadableInputs
    self.written = Dictionary(written.map { ($0.id, $0) }) { first, _ in first }
  }

  /// Whether the author wrote such a step, readable or not.
  func isWritten(_ id: StepID) -> Bool { written[id] != nil }

  /// What surrounds the steps of a loop.
  func inside(_ loop: Step, of runbook: Runbook, repeating inner: Runbook) -> RuleContext {
    var outside = outside
    let before = graph.ancestors(of: loop.id)
    for step in runbook.steps where before.contains(step.id) { outside[step.id] = step.out.map(\.name) }
    return RuleContext(
      inner, known, written: written[loop.id]?.inner ?? [], unreadableInputs: unreadableInputs,
      outside: outside)
  }

  /// Whether a key that is nil in the step was written nevertheless.
  func isUnreadable(_ key: String, in step: Step) -> Bool {
    written[step.id]?.unreadable.contains(key) ?? false
  }

  /// Whether it was meant to stand for other steps, which could not be read.
  func isBrokenComposite(_ step: Step) -> Bool { ["for", "use"].contains { isUnreadable($0, in: step) } }

  /// The keys that were written and could be read, in alphabetical order.
  func keys(of step: Step) -> [String] {
    guard let written = written[step.id] else { return [] }
    return written.places.keys.filter { !written.unreadable.contains($0) }.sorted()
  }

  /// Where a key of a step is written; the step itself when it is not.
  func place(of key: String, in step: Step) -> SourceLocation {
    written[step.id]?.places[key] ?? step.location
  }
}
