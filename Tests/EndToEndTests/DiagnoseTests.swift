import Lab
import Model
import Testing

/// The shipped diagnosis on a real cluster: nothing where nothing is wrong, and a stopped member with its evidence.
@Suite(.serialized, EtcdLab(members: 3, spares: 1), .enabled(if: EtcdLab.isPossible, EtcdLab.obstacle))
struct DiagnoseTests {
  @Test func findsNothingAndThenAStoppedMember() async throws {
    let lab = try EtcdLab.lab
    let belay = try lab.belay()
    try await lab.settle(members: ["n1", "n2", "n3"])
    let healthy = try await belay.run("diagnose", lab.cluster)
    #expect(healthy.exit == 0 && healthy.out.contains("Nothing found."), "\(healthy)")
    #expect(!healthy.out.contains("no      "), "\(healthy)")

    _ = try await lab.output("n3", "systemctl stop etcd")
    let found = try await belay.run("diagnose", "etcd/diagnose", "--json")
    #expect(found.exit == 4, "\(found)")
    let report = try JSONReader.parse(found.out)
    let findings = report["findings"]?.arrayValue ?? []
    #expect(findings.compactMap { $0["name"]?.stringValue } == ["member_down"], "\(found)")
    #expect(findings.first?["means"] == "n3 is a voter and does not serve")
    #expect(findings.first?["mend"]?.stringValue?.contains("replace-node") == true, "\(found)")
    #expect((findings.first?["evidence"]?.arrayValue ?? []).count > 1, "\(found)")
    #expect(belay.journalCount() == 0)
    _ = try await lab.output("n3", "systemctl start etcd")
    try await lab.settle(members: ["n1", "n2", "n3"])
  }
}
