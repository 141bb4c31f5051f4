import Model
import TestSupport
import Testing

/// `belay diagnose` as its users see it, without a cluster.
@Suite struct DiagnoseCommandTests {
  private func belay(used: Int) throws -> BelayProgram {
    let belay = try BelayProgram()
    _ = try belay.scratch.write(
      """
      runbook: local
      summary: Look at this machine.
      inputs: { limit: { type: percent, default: 80% } }
      steps:
        disk:
          diagnose: How full it is
          at: controller
          run: echo \(used)
          out: { used: tonumber }
        broken:
          diagnose: It fails, and the rest goes on
          needs: []
          at: controller
          run: echo no such thing >&2; false
      findings:
        full:
          severity: critical
          when: $steps.disk.used >= $inputs.limit
          means: the disk is fuller than ${inputs.limit} %
          evidence: '"\\($steps.disk.used) % used"'
          mend: belay run clean --set path=/srv
        failed:
          severity: info
          when: $steps.broken.problem
          means: 'it says: ${it}'
      """, to: "local.yaml")
    return belay
  }

  @Test func findingsAreShownWithWhatMendsThem() async throws {
    let belay = try belay(used: 91)
    let found = try await belay.run("diagnose", "./local.yaml")
    #expect(found.exit == 4, "\(found)")
    for text in [
      "critical full: the disk is fuller than 80 %", "seen  91 % used",
      "mend  belay run clean --set path=/srv",
      "info failed: it says: exit status 1: no such thing", "no      broken",
    ] {
      #expect(found.out.contains(text), "\(text): \(found)")
    }
    let json = try await belay.run("diagnose", "./local.yaml", "--json")
    let value = try JSONReader.parse(json.out)
    #expect(json.exit == 4 && value["format"] == 1)
    #expect(value["findings"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["full", "failed"])
    #expect(belay.journalCount() == 0)
  }

  @Test func informationAloneIsNoAlarm() async throws {
    let belay = try belay(used: 12)
    let found = try await belay.run("diagnose", "./local.yaml", "--set", "limit=90%")
    #expect(found.exit == 0 && found.out.contains("info failed"), "\(found)")
  }

  @Test func itIsNotRunLikeOtherRunbooksNorTheyLikeIt() async throws {
    let belay = try belay(used: 12)
    let run = try await belay.run("run", "./local.yaml", "--yes")
    #expect(run.exit == 2 && run.err.contains("belay diagnose"), "\(run)")
    _ = try belay.scratch.write(
      "runbook: x\nsummary: s\nsteps: { a: { diagnose: t, at: controller, run: 'true' } }\n", to: "x.yaml")
    let other = try await belay.run("diagnose", "./x.yaml")
    #expect(other.exit == 2 && other.err.contains("has no findings"), "\(other)")
    #expect(try await belay.run("diagnose").exit == 2)
  }

  @Test func aClusterThatNobodyReachesIsUnreachable() async throws {
    var belay = try BelayProgram()
    belay.inventory = try belay.scratch.write(
      "ssh: { port: 9 }\nclusters: { orders: { system: etcd, nodes: { n1: { address: 127.0.0.1 } } } }\n",
      to: "i.yaml")
    let result = try await belay.run("diagnose", "orders")
    #expect(result.exit == 10 && result.err.contains("n1:"), "\(result)")
  }
}
