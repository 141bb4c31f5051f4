import Model
import Platform
import TestSupport
import Testing

/// Guarantee 9, on files: what is not as it was reviewed is refused and named with its line.
@Suite struct PlanChangeTests {
  @Test("guarantee 9: an edited runbook or inventory is refused with its lines, old and new")
  func editedFiles() async throws {
    let bench = try ApprovalBench()
    func inventory(_ port: Int, _ more: String = "") -> String {
      """
      clusters:
        prod:
          system: etcd
          nodes:
            n1: { address: 127.0.0.1, vars: { port: \(port) } }
      \(more)
      """
    }
    _ = try bench.scratch.write(inventory(1), to: "inv.yaml")
    let planned = try await bench.belay(
      "plan", "./mark.yaml", "-i", "inv.yaml", "--limit", "prod", "--out", "p", "--detailed-exitcode")
    #expect(planned.exit == 20, "\(planned)")
    #expect(planned.out.contains("plan: complete, applyable, not errored"), "\(planned)")
    func refused(_ texts: String...) async throws {
      let result = try await bench.belay("apply", "p")
      #expect(result.exit == 9, "\(result)")
      for text in texts { #expect(result.err.contains(text), "\(text): \(result)") }
      #expect(bench.marks.isEmpty && fileKind(bench.scratch.path(of: ".belay/runs")) == nil)
    }
    let runbook = String(
      decoding: try readFile(bench.scratch.path(of: "mark.yaml"), limit: 9999), as: UTF8.self)
    _ = try bench.scratch.write(runbook.replacing("echo ${what}", with: "echo -n ${what}"), to: "mark.yaml")
    try await refused(
      "mark.yaml was edited", "mark.yaml:9 was: run: echo ${what} >> marks",
      "mark.yaml:9 is:  run: echo -n ${what} >> marks", "step mark would run \"echo -n one >> marks\"")
    _ = try bench.scratch.write(runbook, to: "mark.yaml")
    _ = try bench.scratch.write(inventory(2), to: "inv.yaml")
    try await refused("inv.yaml:5 was: n1:", "vars.port was 1 and is 2")
    // A rule that came later is known before anything is looked at.
    _ = try bench.scratch.write(
      inventory(1, "approvals: { required: 2, allowed_signers: signers }"), to: "inv.yaml")
    try await refused("was to be approved by nobody, and now needs 2 people of signers")
    _ = try bench.scratch.write(inventory(1), to: "inv.yaml")
    #expect(try await bench.belay("apply", "p").exit == 0)
  }

  @Test func theExitCodeOfAPlanTellsWhatItIs() async throws {
    let bench = try ApprovalBench()
    func plan(_ steps: String, exit: Int32, _ says: String) async throws {
      let text = "runbook: other\nsummary: x\nsteps:\n" + steps
      _ = try bench.scratch.write(text, to: "other.yaml")
      let result = try await bench.belay("plan", "./other.yaml", "--detailed-exitcode")
      #expect(result.exit == exit && (result.out + result.err).contains(says), "\(result)")
    }
    let look = "  look: { diagnose: Look, at: controller, run: 'true' }\n"
    let act = "  act: { act: Act, at: controller, run: 'true', rollback: { run: 'true' }"
    try await plan(look, exit: 0, "0 acts")
    try await plan(look + act + " }\n", exit: 20, "complete, applyable, not errored")
    try await plan(look + act + ", when: 'false' }\n", exit: 0, "0 acts")
    try await plan(
      look.replacing("'true'", with: "'false'") + act + " }\n", exit: 4, "not applyable, not errored")
    try await plan(
      look.replacing("run: 'true'", with: "run: echo x, parse: json, expect: '.a'") + act + " }\n", exit: 4,
      "not applyable, errored: something could not be found out")
    try await plan("  act: { act: Act }\n", exit: 3, "error")
    #expect(try await bench.belay("plan", "./other.yaml", "--detailed-exit").exit == 2)
  }

  @Test("guarantee 9: what an inventory demands, no command line goes below")
  func theInventoryDemands() async throws {
    let bench = try ApprovalBench()
    _ = try bench.scratch.write(
      """
      approvals: { required: 1, allowed_signers: ./signers }
      clusters:
        prod: { system: etcd, nodes: { n1: { address: 127.0.0.1 } } }
      """, to: "inv.yaml")
    let scope = ["./mark.yaml", "-i", "inv.yaml", "--limit", "prod"]
    for flags in [["--yes"], []] {
      let run = try await bench.belay(["run"] + scope + flags)
      #expect(run.exit == 4 && run.err.contains("needs the approval of 1 person besides"), "\(run)")
    }
    let other = try await bench.belay(["plan"] + scope + ["--allowed-signers", "mine"])
    #expect(other.exit == 2 && other.err.contains("the inventory says who may approve"), "\(other)")
    let nobody = try await bench.belay(["plan"] + scope + ["--out", "p"])
    #expect(nobody.exit == 4 && nobody.err.contains("--key FILE"), "\(nobody)")
    let stranger = try await bench.belay(
      ["plan"] + scope + ["--out", "p", "--key", try bench.keyFile("dave")])
    #expect(stranger.exit == 4 && stranger.err.contains("is not in signers"), "\(stranger)")
    #expect(fileKind(bench.scratch.path(of: "p")) == nil && bench.marks.isEmpty)
    let planned = try await bench.belay(
      ["plan"] + scope + ["--out", "p", "--key", try bench.keyFile("alice.pub")])
    #expect(planned.exit == 0 && planned.err.contains("belay approve p"), "\(planned)")
    try await bench.expectRefusal("has 0", file: "p")
    #expect(try await bench.approve("p", by: "carol").exit == 0)
    let applied = try await bench.belay("apply", "p")
    #expect(applied.exit == 0 && bench.marks == "one\n", "\(applied)")
  }

  @Test(arguments: [
    (["--require-approval", "0"], "from 1 to 20"), (["--require-approval", "many"], "whole number"),
    (["--require-approval", "2"], "needs to know who may approve"),
    (["--allowed-signers", "signers"], "add --require-approval"),
  ])
  func wrongFlagsAreTold(flags: [String], says: String) async throws {
    let bench = try ApprovalBench()
    let result = try await bench.belay(["plan", "./mark.yaml"] + flags)
    #expect(result.exit == 2 && result.err.contains(says), "\(result)")
  }
}
