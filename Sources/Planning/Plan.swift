package import Model

/// What will happen, as inert data: every step resolved to nodes and commands, with the evidence it was
/// made from. Running it is another room's work.
package struct Plan: Codable, Hashable, Sendable {
  package static let currentFormat = 1

  package var format: Int
  package var runbook: RunbookName
  package var summary: String
  /// Nil for a runbook that touches no cluster.
  package var cluster: ClusterName?
  package var system: SystemName?
  package var inputs: [String: InputValue]
  package var origin: Origin
  /// SHA-256 of every file the plan was made from, by the path it was read from.
  package var sources: [String: String]
  package var nodes: [PlannedNode]
  package var before: Observation?
  /// In an order in which they may run.
  package var steps: [PlannedStep]
  package var timeline: [TimelineEntry]
  /// Why the plan must not be applied; empty when it may.
  package var refusals: [Refusal]
  package var warnings: [String]
  /// What the operator must type for the runbook as a whole.
  package var danger: String?
  /// What was proven of its way there and back; nil in plans that were made before belay proved it.
  package var safety: PlanSafety?
  /// What the system asks before its members are touched.
  package var guards: [PlannedGuard]?
  /// Those of them that the operator goes past.
  package var overrides: [GuardOverride]?
  /// Nil: nobody else has to agree.
  package var approval: PlanApproval?
  /// Nothing is left that can only be known later.
  package var complete = false
  /// Nothing refuses it.
  package var applyable = false
  /// Something that planning had to find out could not be found out.
  package var errored = false

  /// Where it was made from, so that applying or resuming can load the same again.
  package struct Origin: Codable, Hashable, Sendable {
    package var runbook: String
    package var inventories: [String]

    package init(runbook: String, inventories: [String]) {
      self.runbook = runbook
      self.inventories = inventories
    }
  }

  package var isApplicable: Bool { refusals.isEmpty }
  package func step(_ id: StepID) -> PlannedStep? { steps.first { $0.id == id } }

  /// A guard or a precondition that says no, with the step it speaks of.
  package struct Refusal: Codable, Hashable, Sendable {
    package var step: StepID?
    package var reason: String
    package var verdict: GuardVerdict?
    /// Of a guard that the system declares.
    package var declared: DeclaredVerdict?
  }
}

/// What the operator gave for an input.
package enum InputValue: Codable, Hashable, Sendable {
  case node(NodeName)
  case nodes([NodeName])
  case value(Value)
  /// Given, and kept nowhere.
  case secret

  package var text: String {
    switch self {
    case .node(let name): name.rawValue
    case .secret: Secret.shown
    case .nodes(let names): names.map(\.rawValue).joined(separator: ",")
    case .value(.string(let text)): text
    case .value(let value): value.json()
    }
  }
}

/// A node as the plan knows it: everything that a change of must make the plan void.
package struct PlannedNode: Codable, Hashable, Sendable {
  package var name: NodeName
  package var address: String
  package var state: NodeState
  package var ssh: SSHSettings
  /// As recorded in known_hosts when the plan was made.
  package var hostKeys: [String]
  package var variables: Value.Object

  package init(_ node: Node, hostKeys: [String]) {
    name = node.name
    address = node.address
    state = node.state
    ssh = node.ssh
    self.hostKeys = hostKeys
    variables = node.variables
  }
}

package struct PlannedStep: Codable, Hashable, Sendable {
  package var id: StepID
  package var role: Step.Role
  package var title: String
  package var needs: [StepID]
  package var condition: Condition
  package var tasks: [PlannedTask]
  package var parse: OutputFormat
  package var expect: String?
  package var out: [String: String]
  package var poll: PlannedPoll?
  package var timeoutSeconds: Double
  package var effect: PlannedEffect?
  package var undo: PlannedUndo
  package var landed: String?
  package var isIdempotent: Bool
  package var retries: PlannedRetries?
  /// How many of its tasks may fail without failing the step.
  package var tolerates = 0
  /// What the step sees in place of the plan's own inputs and step names; nil outside of loops and calls.
  package var locals: StepLocals?
  /// What the operator must type before this step may be applied, one phrase for each loss.
  package var danger: [String]?
  /// `file:line` in the runbook.
  package var source: String

  package enum Condition: Codable, Hashable, Sendable {
    case always
    /// Decided while planning.
    case skipped(because: String)
    /// jq, decided when its turn comes.
    case when(String)
  }
}

/// One execution of a step: on one node, perhaps for one element of `each`.
package struct PlannedTask: Codable, Hashable, Sendable {
  package var place: Place
  package var loop: LoopBinding?
  package var work: Work
  package var undo: PlannedCommand?
  /// Tasks of a later batch wait for those of an earlier one.
  package var batch = 0

  package enum Place: Codable, Hashable, Sendable {
    case node(NodeName)
    /// Whoever leads when the step's turn comes.
    case leader(now: NodeName?)
    /// The first of these that answers.
    case anyOf([NodeName])
    /// Nowhere: belay judges it from what it has seen.
    case belay
  }

  package enum Work: Codable, Hashable, Sendable {
    case command(PlannedCommand)
    case file(PlannedFile)
    case service(PlannedService)
    case copy(PlannedCopy)
    case moveAside(PlannedMove)
    case wipe(PlannedWipe)
    case query
  }
}

/// What the steps of a loop or of a called runbook see instead of the names around them.
package struct StepLocals: Codable, Hashable, Sendable {
  package var inputs: [String: InputValue]
  /// The steps' names where they were written, and what they are called in the plan.
  package var steps: [String: StepID]
}

package struct LoopBinding: Codable, Hashable, Sendable {
  package var variable: String
  package var node: NodeName
}

/// A command whose known values are fixed and whose late ones are named.
package struct PlannedCommand: Codable, Hashable, Sendable {
  package var template: String
  /// Values by dotted path, fixed when the plan was made.
  package var fixed: [String: String]
  /// Dotted paths that are resolved right before it runs, with what they were while planning.
  package var late: [String: String?]
  /// As it will be run; late values stand as `${…}`.
  package var display: String
  /// What it reads on standard input.
  package var stdin: [PlannedTextPart]?
}

package struct PlannedFile: Codable, Hashable, Sendable {
  package var path: String
  package var content: String
  package var mode: String?
  package var owner: String?
  /// What is there now; filled in by the read-only look at the nodes that precedes planning.
  package var previous: PreviousFile
  /// The content piece by piece, when it holds secrets.
  package var parts: [PlannedTextPart]?
}

package enum PreviousFile: Codable, Hashable, Sendable {
  case absent
  case present(content: String, mode: String, owner: String)
  /// Not looked at: its node could not be asked.
  case unknown
}

package struct PlannedPoll: Codable, Hashable, Sendable {
  package var withinSeconds: Double
  package var everySeconds: Double
  package var steady: Int
  package var progress: Progress?

  package struct Progress: Codable, Hashable, Sendable {
    /// jq, a number.
    package var left: String
    package var stalledSeconds: Double
  }
}

/// How often an act that failed without effect is tried again.
package struct PlannedRetries: Codable, Hashable, Sendable {
  package var times: Int
  package var everySeconds: Double
}

package struct PlannedEffect: Codable, Hashable, Sendable {
  package var kind: Effect.Kind
  package var node: NodeName
}

package enum PlannedUndo: Codable, Hashable, Sendable {
  case nothing
  case commands(effect: PlannedEffect?, place: PlannedTask.Place?)
  case restoreFile
  /// What the act itself keeps on its node says what was there.
  case restore(effect: PlannedEffect?)
  case covered(by: StepID)
  case none(because: String)
}

/// The membership after an act, as the plan expects it.
package struct TimelineEntry: Codable, Hashable, Sendable {
  /// Nil: before anything ran.
  package var step: StepID?
  package var voters: [String]
  package var learners: [String]
  /// 0 in a system without votes.
  package var quorum: Int
  /// How many more healthy voters may fail before the quorum is lost.
  package var tolerates: Int
  package var verdict: GuardVerdict?
  /// Of the guards that the system declares.
  package var declared: [DeclaredVerdict]?
}
