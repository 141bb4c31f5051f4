import Model
import Platform
import TestSupport
import Testing

/// Which key `belay approve` signs with, and what it asks: with a real ssh-agent and at a real terminal.
@Suite struct SigningKeyTests {
  @Test func theAgentSigns() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    let agent = try AgentFixture(directory: bench.scratch.path)
    for person in ["dave", "bob"] { try agent.add(try bench.keyFile(person)) }
    let digest = try await bench.digest()
    let words = ["approve", "the.plan", "--digest", digest]
    let approved = try await bench.belay(words, variables: ["SSH_AUTH_SOCK": agent.socket])
    #expect(approved.exit == 0 && approved.err.contains("approved as bob@example.org"), "\(approved)")
    #expect(try await bench.belay("apply", "the.plan").exit == 0)
    try agent.add(try bench.keyFile("carol"))
    let both = try await bench.belay(words, variables: ["SSH_AUTH_SOCK": agent.socket])
    #expect(both.exit == 4 && both.err.contains("keys of more than one signer"), "\(both)")
    // Only the public part is named; the agent has the other.
    let carol = try bench.scratch.write(try bench.key("carol"), to: "carol.pub")
    let named = try await bench.belay(words + ["--key", carol], variables: ["SSH_AUTH_SOCK": agent.socket])
    #expect(named.exit == 0 && named.err.contains("approved as carol@example.org"), "\(named)")
  }

  @Test func withoutAKeyItSaysWhichWouldDo() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    let digest = try await bench.digest()
    let none = try await bench.belay("approve", "the.plan", "--digest", digest)
    #expect(none.exit == 4 && none.err.contains("neither your agent nor ~/.ssh holds a key"), "\(none)")
    let foreign = try await bench.approve(by: "dave")
    #expect(foreign.exit == 4 && foreign.err.contains("is not in signers"), "\(foreign)")
    #expect(foreign.err.contains(try bench.key("dave")), "the line to add: \(foreign)")
    let absent = try await bench.belay("approve", "the.plan", "--digest", digest, "--key", "-x")
    #expect(absent.exit == 4 && absent.err.contains("cannot open -x.pub"), "\(absent)")
    // An encrypted key is the agent's to unlock: nobody is asked behind belay's back, and nothing waits.
    let made = try await Subprocess(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", bench.scratch.path(of: "locked")]
    ).run()
    #expect(made.exit == .status(0))
    let locked = String(
      decoding: try readFile(bench.scratch.path(of: "locked.pub"), limit: 9999), as: UTF8.self)
    try bench.allow([try bench.line("alice"), "lock@example.org \(locked)"])
    let asked = try await bench.belay("approve", "the.plan", "--digest", digest, "--key", "locked")
    #expect(asked.exit == 4 && asked.err.contains("ssh-add"), "\(asked)")
    #expect(fileKind(bench.scratch.path(of: "the.plan.approvals")) == nil)
  }

  @Test func nothingIsSignedWithoutAYesToThisPlan() async throws {
    let bench = try ApprovalBench()
    try await bench.plan()
    let key = try bench.keyFile("bob")
    let silent = try await bench.belay("approve", "the.plan", "--key", key)
    #expect(silent.exit == 2 && silent.err.contains("no terminal to ask on"), "\(silent)")
    for wrong in ["", "0123", String(repeating: "0", count: 64)] {
      let other = try await bench.belay("approve", "the.plan", "--key", key, "--digest", wrong)
      #expect(other.exit == 4 && other.err.contains("nothing was signed"), "\(other)")
    }
    func typed(_ answer: String) async throws -> String {
      let command = "'\(MeasuredProgram.path)' approve the.plan --key '\(key)'"
      let result = try await Subprocess(
        "sh", ["-c", "cat | script -qec \"\(command)\" /dev/null"],
        environment: ["PATH": "/usr/bin:/bin", "HOME": bench.scratch.path, "NO_COLOR": "1"],
        directory: bench.scratch.path, stdin: Array((answer + "\n").utf8), timeout: .seconds(30)
      ).run()
      return result.stdout.text
    }
    let no = try await typed("y")
    #expect(no.contains("Plan: mark") && no.contains("not approved, nothing was signed"), "\(no)")
    #expect(fileKind(bench.scratch.path(of: "the.plan.approvals")) == nil)
    let yes = try await typed("yes")
    #expect(
      yes.contains("Approve this plan as bob@example.org?") && yes.contains("approved as bob"), "\(yes)")
    #expect(try listDirectory(bench.scratch.path(of: "the.plan.approvals")).count == 1)
  }

  @Test func aPlanThatNobodyCouldApproveIsNotWritten() async throws {
    let bench = try ApprovalBench()
    let words = [
      "plan", "./mark.yaml", "--out", "p", "--key", try bench.keyFile("alice"), "--allowed-signers",
    ]
    let many = try await bench.belay(words + ["signers", "--require-approval", "3"])
    #expect(many.exit == 4 && many.err.contains("names only bob@example.org, carol@example.org"), "\(many)")
    let unnamed = try await bench.belay("approve", "mark.yaml")
    #expect(unnamed.exit == 3 && unnamed.err.contains("is not a plan"), "\(unnamed)")
    let plain = try await bench.belay("plan", "./mark.yaml", "--out", "p")
    #expect(plain.exit == 0)
    let needless = try await bench.belay("approve", "p")
    #expect(needless.exit == 2 && needless.err.contains("needs nobody's approval"), "\(needless)")
  }

  /// Docs say so: a signature in a journal is verified with nothing but jq and ssh-keygen.
  @Test func everySignatureCanBeVerifiedByHandAndAResumedRunNeedsNoneAnew() async throws {
    let bench = try ApprovalBench()
    let text = String(decoding: try readFile(bench.scratch.path(of: "mark.yaml"), limit: 9999), as: UTF8.self)
    _ = try bench.scratch.write(
      text + "\n  go: { approve: Go on? }\n"
        + "  more: { act: More, at: controller, run: echo more >> marks, rollback: { run: 'true' } }\n",
      to: "mark.yaml")
    try await bench.plan()
    #expect(try await bench.approve(by: "bob").exit == 0)
    let stopped = try await bench.belay("apply", "the.plan")
    #expect(stopped.exit == 7 && bench.marks == "one\n", "\(stopped)")
    let byHand = try await Subprocess.shell(
      """
      cd '\(bench.scratch.path)' && set -e
      jq -r .statement the.plan |
        ssh-keygen -Y verify -f signers -I bob@example.org -n belay-plan -s the.plan.approvals/*.sig
      jq -r .author_signature the.plan > author.sig
      jq -r .statement the.plan | sed 's/^approve/author/' |
        ssh-keygen -Y verify -f signers -I alice@example.org -n belay-plan -s author.sig
      jq -r 'select(.kind == "signed") | .data.signature | select(.purpose == "approve") | .signature' \
        .belay/runs/*.jsonl > journal.sig
      jq -r 'select(.kind == "signed") | .data.signature | select(.purpose == "approve")
             | "\\(.purpose) \\(.digest) \\(.evidence)"' .belay/runs/*.jsonl |
        ssh-keygen -Y verify -f signers -I bob@example.org -n belay-plan -s journal.sig
      """
    ).run()
    #expect(byHand.exit == .status(0), "\(byHand.stderr.text)")
    #expect(byHand.stdout.text.split(separator: "\n").count == 3, "\(byHand.stdout.text)")
    for name in ["signers", "the.plan"] { try removeFile(bench.scratch.path(of: name)) }
    let resumed = try await bench.belay("resume", "last", "--approve", "go")
    #expect(resumed.exit == 0 && bench.marks == "one\nmore\n", "\(resumed)")
  }
}
