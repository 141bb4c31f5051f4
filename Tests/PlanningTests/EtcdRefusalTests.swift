import Loading
import Model
import Planning
import Testing

/// Plans that must not be applied, and say why.
@Suite struct EtcdRefusalTests {
  @Test(
    "guarantee 8: what a guard forbids is refused while planning",
    arguments: [
      (
        "one of three down, a healthy one leaves",
        EtcdScenario.removeNode.changed { $0.unreachable = ["n2"] },
        "remove", "it would leave 1 healthy of 2 voters"
      ),
      (
        "the last voter",
        EtcdScenario.removeNode.changed {
          $0.voters = ["n3"]
          $0.leader = "n3"
          $0.failures["heir"] = "nobody can lead instead"
        }, "remove", "last voter"
      ),
      (
        "a learner is present", EtcdScenario.removeNode.changed { $0.learners = ["n4"] }, "remove",
        "still a learner"
      ),
      (
        "another learner is present", EtcdScenario.addNode.changed { $0.learners = ["n5"] }, "join",
        "still a learner"
      ),
      (
        "two voters, one down",
        EtcdScenario.replaceNode.changed {
          $0.voters = ["n1", "n2", "n3", "n5"]
          $0.unreachable = ["n2", "n3"]
        }, nil, "only 2 of 4 voters"
      ),
    ] as [(String, EtcdScenario, String?, String)])
  func guarded(_ name: String, _ scenario: EtcdScenario, _ step: String?, _ reason: String) throws {
    let plan = try scenario.plan()
    #expect(!plan.isApplicable)
    let refusal = try #require(
      plan.refusals.first { $0.reason.contains(reason) }, "\(name): \(plan.refusals)")
    #expect(refusal.step == step.map { StepID($0) })
  }

  @Test func removingTheDeadOneOfThreeIsAllowed() throws {
    #expect(try EtcdScenario.removeNode.changed { $0.unreachable = ["n3"] }.plan().isApplicable)
  }

  @Test func whatANodeIsTheClusterSays() throws {
    let joined = try EtcdScenario("etcd/add-node", ["node": "n2"]).plan()
    #expect(joined.refusals.contains { $0.reason == "n2 is a member of the cluster already" })
    let absent = try EtcdScenario("etcd/remove-node", ["node": "n5"]).plan()
    #expect(absent.refusals.contains { $0.reason == "n5 is not a member of the cluster" })
    #expect(absent.refusals.contains { $0.reason.contains("n5 is not a member") && $0.verdict != nil })
  }

  @Test func aDiagnosisThatFailedWhilePlanningRefuses() throws {
    let plan = try EtcdScenario.addNode.changed { $0.failures["vacant"] = "etcd is running already" }.plan()
    #expect(plan.refusals.map(\.reason) == ["etcd is running already"])
    #expect(plan.refusals.first?.step == StepID("vacant"))
  }

  @Test(
    "what a failed diagnosis would have found is not complained about besides",
    arguments: [
      ("etcd/remove-node", ["node": "n3"], "heir"),
      ("etcd/replace-node", ["old": "n3", "new": "n4"], "seeds"),
    ])
  func theLastVoter(_ runbook: String, _ inputs: [String: String], _ step: String) throws {
    let plan = try EtcdScenario(runbook, inputs).changed {
      $0.voters = ["n3"]
      $0.leader = "n3"
      $0.failures[step] = "nobody can lead instead"
    }.plan()
    #expect(plan.refusals.contains { $0.step == StepID(step) && $0.reason == "nobody can lead instead" })
  }

  @Test func withoutAnAgreedMembershipNothingIsJudgedAndNothingAllowed() throws {
    let plan = try EtcdScenario.addNode.changed { $0.unreachable = ["n1", "n2"] }.plan()
    #expect(!plan.isApplicable)
    #expect(plan.timeline == [])
    #expect(plan.refusals.contains { $0.reason.hasPrefix("the membership is not agreed on: only 1 of 3") })
  }

  @Test func noLeaderNoAct() throws {
    // Each follows another: nobody is followed by a majority.
    let plan = try EtcdScenario.addNode.changed { $0.leader = "n9" }.plan()
    #expect(plan.refusals.contains { $0.reason.contains("no leader is seen") })
  }

  @Test("row 16: an effect happens to one node")
  func oneAtATime() throws {
    let text = """
      runbook: etcd/remove-followers
      summary: Takes two members out at once.
      steps:
        remove:
          act: Remove them
          at: leader
          effect: { remove: followers }
          run: etcdctl member remove
          rollback: none
          because: they do not come back
      """
    let loaded = loadRunbook(
      SourceFile(path: "remove-followers.yaml", text: text), name: RunbookName("etcd/remove-followers"),
      templates: { name throws(FileProblem) in throw FileProblem("no-such-template", name) })
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    let cluster = Cluster(
      name: ClusterName("c"), system: Located(SystemName("etcd"), at: place), nodes: [], location: place)
    guard let runbook = loaded.value else {
      #expect(loaded.diagnostics.contains { $0.message.contains("one node") })
      return
    }
    let planner = Planner(
      runbook: runbook, cluster: cluster, system: nil, inputs: [:],
      origin: Plan.Origin(runbook: "remove-followers.yaml", inventories: []), sources: [:])
    #expect {
      try planner.plan(PlanningFacts())
    } throws: { error in
      (error as? DiagnosticList)?.diagnostics.contains { $0.code == "effect-target" } == true
    }
  }
}
