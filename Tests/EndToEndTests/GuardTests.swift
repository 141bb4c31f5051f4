import TestSupport
import Model
import Lab
import Platform
import Testing

extension EndToEndTests.OnOneLab {
  @Suite struct GuardTests {
    @Test(.timeLimit(.minutes(1)), arguments: ["stop-service", "stop-host"])
    func noLivingMemberLeavesWhileAnotherIsDown(fault: String) async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      try await lab.fault("n3", fault)
      let refused = try await belay.run("remove-node", "n2", "--yes")
      #expect(refused.exit == 4, "\(refused)")
      #expect(
        refused.err.contains("it would leave 1 healthy of 2 voters, and a quorum needs 2"), "\(refused)")
      #expect(refused.err.contains("nothing was changed"), "\(refused)")
      let forced = try await belay.run("remove-node", "n2")
      #expect(forced.exit == 4, "\(forced)")
      #expect(belay.journalCount() == 0)
      #expect(try await lab.memberList() == members)
      try await lab.fault("n3", fault == "stop-host" ? "start-host" : "start-service")
      try await lab.settle(members: ["n1", "n2", "n3"])
    }

    @Test(.timeLimit(.minutes(1))) func withoutAQuorumNothingIsPlanned() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      try await lab.fault("n2", "stop-service")
      try await lab.fault("n3", "stop-service")
      let refused = try await belay.run("add-node", "n4", "--yes")
      #expect(refused.exit == 4, "\(refused)")
      #expect(refused.err.contains("only 1 of 3 voters could be asked"), "\(refused)")
      #expect(belay.journalCount() == 0)
      try await lab.fault("n2", "start-service")
      try await lab.fault("n3", "start-service")
      try await lab.settle(members: ["n1", "n2", "n3"])
    }
  }
}
