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
  var id: StepID
  /// Keys that are there but wrong: reported already, so no rule calls them missing.
  var unreadable: Set<String>
}

/// What every rule may look at besides the runbook.
struct RuleContext {
  let known: RunbookContext
  let graph: StepGraph
  private let written: [StepID: WrittenStep]
  let writtenOrder: [StepID]

  init(_ runbook: Runbook, _ known: RunbookContext, written: [WrittenStep]) {
    self.known = known
    self.graph = StepGraph(runbook.steps)
    self.writtenOrder = written.map(\.id)
    self.written = Dictionary(written.map { ($0.id, $0) }) { first, _ in first }
  }

  /// Whether the author wrote such a step, readable or not.
  func isWritten(_ id: StepID) -> Bool { written[id] != nil }

  /// Whether a key that is nil in the step was written nevertheless.
  func isUnreadable(_ key: String, in step: Step) -> Bool {
    written[step.id]?.unreadable.contains(key) ?? false
  }
}
