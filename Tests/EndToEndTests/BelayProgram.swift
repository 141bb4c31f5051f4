import Lab
import Glibc
import Model
import Platform
import TestSupport
import Testing

/// The built `belay`, run as its users run it: as a process, with a working directory and `.belay` of its own.
struct BelayProgram {
  let scratch: ScratchDirectory
  var inventory: String?
  /// Where journals and locks go.
  var home: String
  /// Further variables of its environment.
  var variables: [String: String] = [:]

  init(inventory: String? = nil) throws {
    scratch = ScratchDirectory()
    self.inventory = inventory
    home = scratch.path(of: ".belay")
    let copied = try copyTree(from: Path.join(Self.packageRoot, "runbooks"), to: scratch.path(of: "runbooks"))
    try #require(copied > 3, "the runbooks are part of the checkout")
  }

  static var packageRoot: String { Path.normalized("../../..", from: #filePath) }

  /// Beside the bundle that holds these tests, wherever that was built.
  static var path: String {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let built = bundle.map { Path.join(Path.parent(of: $0), "belay") }
    return built ?? Path.join(packageRoot, ".build/debug/belay")
  }

  var environment: [String: String] {
    var environment = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": scratch.path,
      "BELAY_HOME": home, "LANG": "C.UTF-8",
    ]
    environment["BELAY_INVENTORY"] = inventory
    environment.merge(variables) { $1 }
    return environment
  }

  struct Result: CustomStringConvertible {
    var exit: Int
    var out: String
    var err: String

    var description: String { "exit \(exit)\n\(out)\n\(err)" }
    /// What went to standard error, with wrapped lines of a plan whole again.
    var unwrapped: String { err.replacing(/\n *↳/, with: "") }
    func says(_ text: String) -> Bool { out.contains(text) || err.contains(text) }
  }

  func run(_ arguments: String..., timeout: Duration = .seconds(120)) async throws -> Result {
    try await run(arguments, timeout: timeout)
  }

  func run(_ arguments: [String], timeout: Duration = .seconds(120)) async throws -> Result {
    let result = try await Subprocess(
      Self.path, arguments, environment: environment, directory: scratch.path, outputLimit: 8 << 20,
      timeout: timeout
    ).run()
    return Result(exit: status(result.exit), out: result.stdout.text, err: result.stderr.text)
  }

  private func status(_ exit: SubprocessExit) -> Int {
    switch exit {
    case .status(let status): Int(status)
    case .signal(let signal): 128 + Int(signal)
    case .timedOut, .cancelled: -1
    }
  }

  /// The newest journal, to read or to spoil.
  func newestJournal() throws -> String {
    let runs = Path.join(home, "runs")
    let name = try #require(try listDirectory(runs).filter { $0.hasSuffix(".jsonl") }.max())
    return Path.join(runs, name)
  }

  func journalCount() -> Int {
    ((try? listDirectory(Path.join(home, "runs"))) ?? []).filter { $0.hasSuffix(".jsonl") }.count
  }

  /// The records of a kind in the newest journal.
  func records(_ kind: String) throws -> [Value] {
    let text = String(decoding: try readFile(try newestJournal(), limit: 64 << 20), as: UTF8.self)
    return try text.split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }.filter {
      $0["kind"]?.stringValue == kind
    }
  }
}

/// A `belay` that is watched, signalled and killed while it runs. It never outlives its test.
final class RunningBelay {
  private let process: pid_t
  private let log: String
  private var status: Int32?

  init(_ program: BelayProgram, _ arguments: [String]) throws {
    log = program.scratch.path(of: "output-\(program.journalCount())-\(arguments[0])")
    let variables = program.environment.map { "\($0.key)=\($0.value)" }
    process = try FixtureProcess.spawn(
      ["/usr/bin/env", "-i", "-C", program.scratch.path] + variables + [BelayProgram.path] + arguments,
      output: log)
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      FixtureProcess.reap(process)
    }
  }

  var output: String { (try? FixtureFiles.read(log)) ?? "" }
  func signal(_ signal: Int32) { if status == nil { kill(process, signal) } }

  /// Returns once the text has been printed.
  func waitToSay(_ text: String, seconds: Int = 60) async throws {
    for _ in 0..<(seconds * 100) {
      if output.contains(text) { return }
      if hasEnded { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    try #require(output.contains(text), "belay did not say \"\(text)\" but:\n\(output)")
  }

  /// The exit code, 128 and more for a signal.
  func end(seconds: Int = 120) async throws -> Int {
    for _ in 0..<(seconds * 50) {
      if hasEnded { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    let status = try #require(status, "belay did not end:\n\(output)")
    return status & 0x7f == 0 ? Int(status >> 8 & 0xff) : 128 + Int(status & 0x7f)
  }

  private var hasEnded: Bool {
    if status != nil { return true }
    var status: Int32 = 0
    if unsafe waitpid(process, &status, WNOHANG) == process { self.status = status }
    return self.status != nil
  }
}

@discardableResult
private func copyTree(from source: String, to target: String) throws -> Int {
  try makeDirectory(target)
  var count = 0
  for name in try listDirectory(source) {
    let from = Path.join(source, name)
    let to = Path.join(target, name)
    if fileKind(from) == .directory {
      count += try copyTree(from: from, to: to)
    } else {
      try replaceFile(to, with: try readFile(from, limit: 1 << 20), mode: 0o644)
      count += 1
    }
  }
  return count
}
