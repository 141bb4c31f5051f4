import Loading
import Model
import Testing

@testable import Planning

/// A cluster on paper and runbooks written in a test: n1 to n9 in the inventory, those in `voters` members.
struct PaperCluster {
  var voters = ["n1", "n2", "n3"]
  var learners: [String] = []
  var leader = "n1"
  var down: Set<String> = []
  var unreachable: Set<String> = []
  var hasVotes = true

  var cluster: Cluster {
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    return Cluster(
      name: ClusterName("paper"), system: Located(SystemName("paper"), at: place),
      nodes: (1...9).map { number in
        Node(
          name: NodeName("n\(number)"), address: "10.0.0.\(number)",
          state: voters.contains("n\(number)") ? .member : .spare, ssh: SSHSettings(user: "root"),
          variables: [:], location: place)
      },
      location: place)
  }

  var observation: Observation {
    let members = (voters + learners).map { name in
      MemberView.ReportedMember(
        id: MemberID(name), name: name, isLearner: learners.contains(name), node: NodeName(name), record: [:])
    }
    return agree(
      (voters + learners).map { name in
        if unreachable.contains(name) {
          return NodeReport(node: NodeName(name), answer: .unreachable(why: "no route", help: nil))
        }
        return NodeReport(
          node: NodeName(name),
          answer: .view(
            MemberView(
              reporter: NodeName(name), cluster: "k", selfID: MemberID(name),
              leader: hasVotes ? MemberID(leader) : nil,
              term: 3, index: 10, isHealthy: !down.contains(name), members: members)))
      }, hasVotes: hasVotes)
  }

  func plan(_ steps: String, system: ClusterSystem? = nil, overrides: [GuardOverride] = []) throws -> Plan {
    let lines = steps.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
    let loaded = loadRunbook(
      SourceFile(path: "r.yaml", text: "runbook: r\nsummary: s\nsteps:\n\(lines)"), name: nil,
      templates: { _ throws(FileProblem) in throw FileProblem("no-such-template", "none") },
      context: RunbookContext(system: system, clusters: [cluster]))
    var planner = Planner(
      runbook: try #require(loaded.value, "\(loaded.diagnostics)"), cluster: cluster, system: system,
      inputs: [:], origin: Plan.Origin(runbook: "r.yaml", inventories: []), sources: [:])
    planner.overrides = overrides
    return try planner.plan(PlanningFacts(observation: observation))
  }
}

extension Plan {
  /// Kind and place of each concern, as `no-spare stop..start`.
  var concerns: [String] {
    (safety?.concerns ?? []).map { concern in
      var text = concern.kind.rawValue
      if let step = concern.step { text += " \(step)" }
      if let until = concern.until { text += "..\(until)" }
      if let undo = concern.undo { text += " undo \(undo)" }
      if !concern.failing.isEmpty { text += " if \(concern.failing.joined(separator: ","))" }
      return text
    }
  }
}
