import Lab
import TestSupport
import Testing

extension EndToEndTests.OnLedger {
  @Suite struct KubernetesTests {
    /// LG3 and LG6: one pod at a time, each a member before the next starts, and gone from the cluster before it stops.
    @Test(.timeLimit(.minutes(5))) func podsFollowTheMembership() async throws {
      let ledger = try await LedgerLab(dialect: "kubernetes")
      let out = try await ledger.run("k8s-scale-out", "n4,n5")
      #expect(out.exit == 0, "\(out)")
      #expect(try await ledger.members() == ["n1", "n2", "n3", "n4", "n5"])
      let wrong = try await ledger.run("k8s-scale-in", "n4,n5", "--approve", "calm")
      #expect(wrong.exit == 4 && wrong.says("the output was \"5\""), "\(wrong)")

      let inward = try await ledger.run("k8s-scale-in", "n5,n4", "--approve", "calm", "--set", "settle=1s")
      #expect(inward.exit == 0, "\(inward)")
      #expect(try await ledger.members() == ["n1", "n2", "n3"])
      #expect(
        try orders(ledger) == [
          "scale statefulset ledger --replicas=4", "JoinCluster 4",
          "scale statefulset ledger --replicas=5", "JoinCluster 5",
          "upgrade ledger ./deploy/helm/inferadb-ledger --reuse-values --set replicaCount=5",
          "label pod ledger-4 ledger.inferadb.com/ready=false --overwrite", "LeaveCluster 5",
          "scale statefulset ledger --replicas=4",
          "label pod ledger-3 ledger.inferadb.com/ready=false --overwrite", "LeaveCluster 4",
          "scale statefulset ledger --replicas=3",
          "upgrade ledger ./deploy/helm/inferadb-ledger --reuse-values --set replicaCount=3",
        ])
    }

    private func orders(_ ledger: LedgerLab) throws -> [String] {
      try ledger.lab.calls().compactMap { call in
        if let match = call.text.firstMatch(of: /"node_id": "(\d+)".* \S+\/(\w+)$/) {
          return "\(match.2) \(match.1)"
        }
        guard let match = call.text.firstMatch(of: /^(?:kubectl|helm) ((?:scale|label|upgrade) .*)$/) else {
          return nil
        }
        return String(match.1)
      }
    }
  }
}
