import Lab
import Model
import Testing

/// The shipped diagnosis on a real cluster: nothing where nothing is wrong, and a stopped member with its evidence.
extension EndToEndTests.OnOneLab {
  @Suite struct DiagnoseTests {
    @Test(.timeLimit(.minutes(2))) func findsNothingAndThenAStoppedMember() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      try await lab.settle(members: ["n1", "n2", "n3"])
      let healthy = try await belay.run("diagnose", lab.cluster)
      #expect(healthy.exit == 0 && healthy.out.contains("Nothing found."), "\(healthy)")
      #expect(!healthy.out.contains("no      "), "\(healthy)")

      try await lab.fault("n3", "stop-service")
      let found = try await belay.run("diagnose", "etcd/diagnose", "--json")
      #expect(found.exit == 4, "\(found)")
      let report = try JSONReader.parse(found.out)
      let findings = report["findings"]?.arrayValue ?? []
      #expect(findings.compactMap { $0["name"]?.stringValue } == ["member_down"], "\(found)")
      #expect(findings.first?["means"] == "n3 is a voter and does not serve")
      #expect(findings.first?["mend"]?.stringValue?.contains("replace-node") == true, "\(found)")
      #expect((findings.first?["evidence"]?.arrayValue ?? []).count > 1, "\(found)")
      #expect(belay.journalCount() == 0)
      try await lab.fault("n3", "start-service")
      try await lab.settle(members: ["n1", "n2", "n3"])
    }
  }
}
