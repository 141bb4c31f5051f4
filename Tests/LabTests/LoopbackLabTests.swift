import Lab
import Platform
import Testing

@Suite(
  .serialized,
  LabScope(spec: LabSpec(members: 1, spares: 1, directory: labDirectory("loop back"), kind: .loopback)))
struct LoopbackLabTests {
  @Test func nodesAreReachedAndShareTheMachine() async throws {
    let lab = try LabScope.lab
    #expect(!lab.missing.isEmpty)
    #expect(try await lab.output("n1", "hostname") == Host.name)
    #expect(try await lab.output("n2", "echo $BELAY_LAB_NODE") == "n2")
    #expect(lab.nodes.map(\.service) == ["active", "inactive"])
  }

  @Test func theStandInForSystemctlKnowsEtcd() async throws {
    let lab = try LabScope.lab
    _ = try await lab.output("n1", "systemctl stop etcd.service")
    #expect(try await lab.ssh("n1", "systemctl is-active etcd").exit == .status(3))
    _ = try await lab.output("n1", "systemctl start etcd && systemctl is-active etcd")
    #expect(try await lab.etcdctl("n1", ["endpoint", "health"]).isSuccess)
    #expect(try await lab.ssh("n1", "systemctl start sshd").exit == .status(5))
    #expect(try await lab.ssh("n2", "systemctl start etcd").exit == .status(1))
  }

  @Test func serviceFaultsWorkAndOthersSayWhatIsMissing() async throws {
    let lab = try LabScope.lab
    try await lab.fault("n1", .killService)
    #expect(try await eventually { try await lab.ssh("n1", "systemctl is-active etcd").exit == .status(3) })
    try await lab.fault("n1", .startService)
    #expect(try await lab.etcdctl("n1", ["endpoint", "health"]).isSuccess)
    await #expect(throws: LabError.self) { try await lab.fault("n1", .linkDown) }
  }
}
