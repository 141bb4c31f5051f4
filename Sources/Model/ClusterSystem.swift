/// A kind of clustered software: `runbooks/<system>/system.yaml`.
package struct ClusterSystem: Sendable {
  package var name: SystemName
  package var summary: String
  /// Values that every node of this system has unless the inventory says otherwise; texts may refer to
  /// the node's other values.
  package var nodeDefaults: [NodeDefault]
  package var observe: ObserveRules
  /// The directories in which something may be wiped.
  package var wipeable: [String]
  /// Whether its members decide by majority. Without votes no quorum is counted and nobody leads.
  package var hasVotes: Bool
  package var guards: [SystemGuard]
  /// Its versions, where they differ; the system itself is the first of them.
  package var dialects: [SystemDialect]
  package var location: SourceLocation

  package init(
    name: SystemName, summary: String, nodeDefaults: [NodeDefault], observe: ObserveRules,
    wipeable: [String] = [], hasVotes: Bool = true, guards: [SystemGuard] = [],
    dialects: [SystemDialect] = [],
    location: SourceLocation
  ) {
    self.dialects = dialects
    self.hasVotes = hasVotes
    self.guards = guards
    self.wipeable = wipeable
    self.name = name
    self.summary = summary
    self.nodeDefaults = nodeDefaults
    self.observe = observe
    self.location = location
  }
}

package struct NodeDefault: Sendable {
  package var name: String
  package var value: NodeDefaultValue
  /// Where its name is written.
  package var location: SourceLocation?

  package init(name: String, value: NodeDefaultValue, location: SourceLocation? = nil) {
    self.name = name
    self.value = value
    self.location = location
  }
}

package enum NodeDefaultValue: Sendable {
  case text(ScalarText)
  case constant(Value)
}

/// How one member's view of the cluster is read: questions put to it over SSH, and one query over the answers.
package struct ObserveRules: Sendable {
  package var questions: [Question]
  /// jq over `{question: answer}`, where an answer is null if its command failed; gives a view.
  package var view: ScalarText
  /// jq, true when `$member` of a view is the inventory's `$node`.
  package var identify: ScalarText
  package var timeout: Duration

  package struct Question: Sendable {
    package var name: String
    package var run: ScalarText
    package var parse: OutputFormat

    package init(name: String, run: ScalarText, parse: OutputFormat) {
      self.name = name
      self.run = run
      self.parse = parse
    }
  }

  package init(questions: [Question], view: ScalarText, identify: ScalarText, timeout: Duration) {
    self.questions = questions
    self.view = view
    self.identify = identify
    self.timeout = timeout
  }
}
