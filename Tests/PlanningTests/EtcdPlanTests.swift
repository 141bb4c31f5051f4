import Model
import Planning
import Report
import Testing

/// The shipped etcd runbooks, planned on paper.
@Suite struct EtcdPlanTests {
  @Test(
    "the whole plan as a person reviews it",
    arguments: [
      ("add-node", EtcdScenario.addNode),
      (
        "add-node-over-an-old-file",
        EtcdScenario.addNode.changed {
          $0.environmentFile = .present(
            content: "ETCD_NAME=old\n# kept by hand\n", mode: "640", owner: "root:root")
        }
      ),
      ("remove-follower", .removeNode),
      ("remove-leader", EtcdScenario.removeNode.changed { $0.leader = "n3" }),
      (
        "rolling-restart",
        EtcdScenario.addNode.changed { ($0.runbook, $0.inputs) = ("etcd/rolling-restart", [:]) }
      ),
      ("replace-living", .replaceNode),
      ("replace-stopped", EtcdScenario.replaceNode.changed { $0.stopped = ["n3"] }),
      ("replace-unreachable", EtcdScenario.replaceNode.changed { $0.unreachable = ["n3"] }),
      ("refused-without-quorum", EtcdScenario.removeNode.changed { $0.unreachable = ["n2", "n3"] }),
      ("refused-with-one-down", EtcdScenario.removeNode.changed { $0.unreachable = ["n2"] }),
    ])
  func golden(_ name: String, _ scenario: EtcdScenario) throws {
    let plan = try scenario.plan()
    let text = PlanForms(plan).text
    try expectGolden(text, name)
  }

  @Test func addNodeRunsExactlyTheseCommands() throws {
    let plan = try EtcdScenario.addNode.plan()
    #expect(plan.isApplicable)
    #expect(
      plan.commands(of: "reach") == [
        "nc -z -w 3 10.0.0.1 2380", "nc -z -w 3 10.0.0.2 2380", "nc -z -w 3 10.0.0.3 2380",
      ])
    #expect(
      plan.commands(of: "join") == [
        "etcdctl --endpoints=http://10.0.0.1:2379 member add n4 --learner --peer-urls=http://10.0.0.4:2380"
      ])
    #expect(plan.commands(of: "start") == ["systemctl enable --now etcd"])
    // The member's id is not known before it has joined.
    #expect(
      plan.commands(of: "promote") == [
        "etcdctl --endpoints=http://10.0.0.1:2379 member promote ${node.member.id}"
      ])
    let join = try #require(plan.step(StepID("join"))?.tasks.first)
    #expect(join.place == .leader(now: NodeName("n1")))
    #expect(join.undo?.asOfNow == "etcdctl --endpoints=http://10.0.0.1:2379 member remove ${node.member.id}")
  }

  @Test("guarantee 6: every way back is the reverse of the way there")
  func unwindOrders() throws {
    let add = try EtcdScenario.addNode.plan()
    #expect(add.unwind("reach") == [])
    #expect(add.unwind("configure") == ["configure"])
    #expect(add.unwind("join") == ["join", "configure"])
    #expect(add.unwind("start") == ["start", "join", "configure"])
    // A promoted learner leaves as the member that join made.
    #expect(add.unwind("promote") == ["start", "join", "configure"])
    #expect(add.unwind("healthy") == ["start", "join", "configure"])
    let remove = try EtcdScenario.removeNode.plan()
    #expect(remove.unwind("remove") == [])
    #expect(remove.unwind("gone") == ["aside"])
    #expect(remove.pointsOfNoReturn.map(\.id.rawValue) == ["remove", "quiet"])
    #expect(remove.unwind("no-such-step") == [])
  }

  @Test func theMembershipIsShownAfterEachAct() throws {
    let plan = try EtcdScenario.addNode.plan()
    let seen = plan.timeline.map { "\($0.step?.rawValue ?? "now") \($0.voters.count)+\($0.learners.count)" }
    #expect(seen == ["now 3+0", "join 3+1", "start 3+1", "promote 4+0"])
    #expect(plan.timeline.map(\.quorum) == [2, 2, 2, 3])
    #expect(plan.timeline.map(\.tolerates) == [1, 1, 1, 1])
    #expect(plan.warnings.count == 1, "four voters are no safer than three")
  }

  @Test func leadershipIsMovedAwayBeforeTheLeaderLeaves() throws {
    let leaving = try EtcdScenario.removeNode.changed { $0.leader = "n3" }.plan()
    #expect(leaving.isApplicable)
    #expect(leaving.runningSteps == ["heir", "transfer", "remove", "quiet", "aside", "gone"])
    let follower = try EtcdScenario.removeNode.plan()
    #expect(follower.runningSteps == ["heir", "remove", "quiet", "aside", "gone"])
  }

  @Test func aLivingMemberLeavesLast() throws {
    let plan = try EtcdScenario.replaceNode.plan()
    #expect(plan.isApplicable)
    #expect(
      plan.runningSteps == [
        "reach", "vacant", "seeds", "configure", "join", "start", "caught_up", "promote", "joined",
        "remove_living", "quiet", "aside", "healthy",
      ])
    #expect(plan.timeline.map(\.voters.count) == [3, 3, 3, 4, 3])
  }

  @Test func aDeadMemberLeavesFirst() throws {
    let stopped = try EtcdScenario.replaceNode.changed { $0.stopped = ["n3"] }.plan()
    #expect(stopped.isApplicable)
    #expect(
      stopped.runningSteps == [
        "reach", "vacant", "seeds", "configure", "remove_dead", "join", "start", "caught_up", "promote",
        "joined", "quiet", "aside", "healthy",
      ])
    #expect(stopped.timeline.map(\.voters.count) == [3, 2, 2, 2, 3])
    // Nothing can be tidied up on a machine that nobody reaches.
    let gone = try EtcdScenario.replaceNode.changed { $0.unreachable = ["n3"] }.plan()
    #expect(!gone.runningSteps.contains("quiet"))
    #expect(!gone.runningSteps.contains("aside"))
    let text = try #require(gone.step(StepID("configure"))?.tasks.first?.work)
    guard case .file(let file) = text else {
      Issue.record("configure writes a file")
      return
    }
    #expect(file.content.contains("ETCD_INITIAL_CLUSTER=n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380,n4="))
  }
}
