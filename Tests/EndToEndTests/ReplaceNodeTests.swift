import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests {
  /// A cluster that changes for good: a lab of its own, and one story.
  @Suite(.enabled(if: EtcdLab.isPossible, EtcdLab.obstacle), EtcdLab())
  struct ReplaceNodeTests {
    @Test(.timeLimit(.minutes(4))) func membersAreReplacedAndRemoved() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      try await replaceTheLeader(lab, belay)
      let survivor = try await replaceADeadMember(lab, belay)
      try await removeTheLeaderOfThree(lab, belay, askedOf: survivor)
    }

    /// A living member leaves last; this one led, so that leadership moves first.
    private func replaceTheLeader(_ lab: LabDescription, _ belay: BelayProgram) async throws {
      let leader = try await lab.leader()
      let other = try #require(lab.members.first { $0.name != leader }).name
      let failed = try await belay.run(
        "replace-node", leader, "--with", "n4", "--yes", "--rehearse-failure", "promote:at")
      #expect(failed.exit == 5, "\(failed)")

      let replaced = try await belay.run("replace-node", leader, "--with", "n4", "--yes")
      #expect(replaced.exit == 0, "\(replaced)")
      #expect(
        replaced.err.contains("ok     transfer") && replaced.err.contains("skip   remove_dead") == false)
      let members = try await lab.memberList(of: other)
      #expect(members.count == 3 && members.allSatisfy { $0.contains(", started, ") }, "\(members)")
      #expect(
        !members.contains { $0.contains(", \(leader), ") } && members.contains { $0.contains(", n4, ") })
      #expect(try await lab.output(leader, "systemctl is-active etcd; true") == "inactive\n")
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }

    /// A dead member leaves first. Returns a member that lives.
    private func replaceADeadMember(_ lab: LabDescription, _ belay: BelayProgram) async throws -> String {
      let candidates = try await lab.memberNames(askedOf: "n4").filter { $0 != "n4" }
      let (dead, survivor) = (candidates[0], candidates[1])
      try await lab.fault(dead, "stop-host")
      let replaced = try await belay.run("replace-node", dead, "--with", "n5", "--yes")
      #expect(replaced.exit == 0, "\(replaced)")
      #expect(try await lab.memberNames(askedOf: survivor) == [survivor, "n4", "n5"].sorted())
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
      // Back from the dead, it must not disturb anybody.
      try await lab.fault(dead, "start-host")
      try await lab.settle(members: [survivor, "n4", "n5"], askedOf: survivor)
      return survivor
    }

    private func removeTheLeaderOfThree(
      _ lab: LabDescription, _ belay: BelayProgram, askedOf survivor: String
    ) async throws {
      let leader = try await lab.leader()
      let removed = try await belay.run("remove-node", leader, "--yes")
      #expect(removed.exit == 0, "\(removed)")
      #expect(removed.err.contains("act    transfer"), "\(removed)")
      let left = try await lab.memberNames(askedOf: leader == survivor ? "n4" : survivor)
      #expect(left.count == 2 && !left.contains(leader), "\(left)")
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }
  }

  /// The lesser lab, for people who are not root: what can be had without machines.
  @Suite struct RootlessLabTests {
    @Test(
      .enabled(if: EtcdLab.hasEtcd, "needs etcd-server, etcd-client and openssh-server"),
      .timeLimit(.minutes(1)))
    func aPlanCanBeMadeOnIt() async throws {
      var belay = try BelayProgram()
      let directory = belay.scratch.path(of: "lab")
      let up = try await belay.run("lab", "up", "--rootless", "--directory", directory)
      #expect(up.exit == 0, "\(up)")
      #expect(up.err.contains("missing here: "), "\(up)")
      belay.inventory = Path.join(directory, "inventory.yaml")
      let plan = try await belay.run("plan", "remove-node", "n2")
      let status = try await belay.run("lab", "status", "--directory", directory)
      let down = try await belay.run("lab", "down", "--directory", directory)
      #expect(plan.exit == 0 && plan.out.contains("Membership after each act"), "\(plan)")
      #expect(status.out.contains("etcd active"), "\(status)")
      #expect(down.exit == 0 && fileKind(directory) == nil, "\(down)")
    }
  }
}
