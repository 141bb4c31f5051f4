import Glibc
import Model
import Platform
import TestSupport
import Testing

/// A plan that others have to approve, with people who have real keys and the built `belay` that they type.
struct ApprovalBench {
  let scratch = ScratchDirectory(inMemory: true)

  /// A key for each, made once.
  private static let keys = Result {
    let keys = ScratchDirectory(inMemory: true)
    for person in ["alice", "bob", "bob2", "carol", "dave"] {
      try FixtureProcess.run(
        [SSHDFixture.sshKeygen, "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", keys.path(of: person)])
    }
    return keys
  }

  /// All but `dave` may sign.
  init() throws {
    try allow(try ["alice", "bob", "carol"].map { try line($0) })
    _ = try scratch.write(
      """
      runbook: mark
      summary: Write one line.
      inputs:
        what: { type: string, default: one }
      steps:
        mark:
          act: Write the line
          at: controller
          run: echo ${what} >> marks
          rollback: { run: echo undone >> marks }
      """, to: "mark.yaml")
  }

  func keyFile(_ person: String) throws -> String { try Self.keys.get().path(of: person) }

  func key(_ person: String) throws -> String {
    let text = String(decoding: try readFile(try keyFile(person) + ".pub", limit: 9999), as: UTF8.self)
    return text.split(separator: " ").prefix(2).joined(separator: " ")
  }

  /// A line of the allowed signers.
  func line(_ person: String, key: String? = nil, options: String = "namespaces=\"belay-plan\"") throws
    -> String
  {
    "\(person)@example.org,\(person) \(options) \(try self.key(key ?? person))"
  }

  func allow(_ lines: [String]) throws {
    _ = try scratch.write(lines.joined(separator: "\n") + "\n", to: "signers")
  }

  struct Ended: CustomStringConvertible {
    var exit: Int32
    var out: String
    var err: String
    var description: String { "exit \(exit)\n\(out)\n\(err)" }
  }

  func belay(_ arguments: String..., variables: [String: String] = [:]) async throws -> Ended {
    try await belay(arguments, variables: variables)
  }

  func belay(_ arguments: [String], variables: [String: String] = [:]) async throws -> Ended {
    var environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": scratch.path, "LANG": "C.UTF-8"]
    environment["BELAY_HOME"] = scratch.path(of: ".belay")
    environment.merge(variables) { $1 }
    let result = try await Subprocess(
      MeasuredProgram.path, arguments, environment: environment, directory: scratch.path
    ).run()
    guard case .status(let status) = result.exit else { throw ProgramDidNotEnd(description: "\(result)") }
    return Ended(exit: status, out: result.stdout.text, err: result.stderr.text)
  }

  struct ProgramDidNotEnd: Error, CustomStringConvertible { var description: String }

  /// By alice, unless somebody else makes it.
  func plan(approvals: Int = 1, by author: String = "alice", _ more: String..., to file: String = "the.plan")
    async throws
  {
    var words = ["plan", "./mark.yaml", "--out", file, "--require-approval", "\(approvals)"]
    words += ["--allowed-signers", "signers", "--key", try keyFile(author)] + more
    let environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.path]
    let result = try await Subprocess(
      MeasuredProgram.path, words, environment: environment, directory: scratch.path
    ).run()
    let isDone = result.isSuccess
    try #require(isDone, "\(result.stderr.text)")
  }

  func approve(_ file: String = "the.plan", by person: String) async throws -> Ended {
    let digest = try await digest(of: file)
    return try await belay("approve", file, "--key", try keyFile(person), "--digest", digest)
  }

  func file(_ name: String = "the.plan") throws -> Value {
    try JSONReader.parse(try readFile(scratch.path(of: name), limit: 1 << 24))
  }

  func digest(of name: String = "the.plan") async throws -> String {
    try #require(try file(name)["digest"]?.stringValue)
  }

  /// A signature as a person makes it without belay.
  func sign(_ message: String, by person: String, namespace: String = "belay-plan") async throws -> String {
    let result = try await Subprocess(
      "ssh-keygen", ["-Y", "sign", "-n", namespace, "-f", try keyFile(person)],
      stdin: Array(message.utf8)
    ).run()
    let isDone = result.isSuccess
    try #require(isDone, "\(result.stderr.text)")
    return result.stdout.text
  }

  func statement(_ name: String = "the.plan") throws -> String {
    try #require(try file(name)["statement"]?.stringValue) + "\n"
  }

  func put(_ signature: String, as name: String, of file: String = "the.plan") throws {
    try makeDirectory(scratch.path(of: file + ".approvals"))
    _ = try scratch.write(signature, to: "\(file).approvals/\(name)")
  }

  var marks: String {
    String(decoding: (try? readFile(scratch.path(of: "marks"), limit: 9999)) ?? [], as: UTF8.self)
  }

  /// Refused with 4 before anything was touched: no journal, no act.
  @discardableResult
  func expectRefusal(_ texts: String..., file: String = "the.plan") async throws -> Ended {
    let result = try await belay("apply", file)
    #expect(result.exit == 4, "\(result)")
    for text in texts { #expect(result.err.contains(text), "\(text): \(result)") }
    #expect(marks.isEmpty && fileKind(scratch.path(of: ".belay/runs")) == nil, "\(result)")
    return result
  }
}
