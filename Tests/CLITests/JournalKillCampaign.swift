import Model
import Platform
import TestSupport
import Testing

/// The real belay, struck at each of its system calls on a journal: killed, or told that the call failed.
///
/// A run stops for a person before its first act, so that its journal has a name that `strace` can be given; the belay that
/// takes it up is the one that is struck, and another takes up what that one left.
@Suite(.enabled(if: TracedRun.isPossible, "it needs strace and taskset"))
struct JournalKillCampaign {
  /// Each act leaves a line, so that one which ran twice is seen.
  private static let runbooks: [(steps: [String], check: String, exit: Int, lines: [String])] = [
    (["one", "two | needs: [go]"], "true", 0, ["one", "two"]),
    (["one", "two"], "false", 5, ["one", "two", "undo-one", "undo-two"]),
    (["one", "two", "three | needs: [one]", "four"], "true", 0, ["four", "one", "three", "two"]),
  ]

  @Test(
    "guarantees 3 and 5: killed at any system call on its journal, a run is taken up, and each act has run once"
  )
  func killed() async throws {
    var cases: [(runbook: Int, call: String, number: Int)] = []
    for runbook in 0..<(Campaign.isSoak ? 3 : 1) {
      let calls = try await calls(of: runbook)
      for (call, count) in calls.sorted(by: { $0.key < $1.key }) {
        for number in 1...count { cases.append((runbook, call, number)) }
      }
    }
    // Enough of them to be sure that it is the journal which is watched.
    #expect(cases.count > 30)
    var missed = 0
    try await Campaign("journal-kill", ci: cases.count, soak: cases.count).run { one in
      let (runbook, call, number) = cases[one.number]
      let run = try await run(runbook)
      let struck = try await run.resume(strike: "\(call):signal=SIGKILL:when=\(number)")
      if struck.exit == Self.runbooks[runbook].exit { missed += 1 }
      try one.expect(
        [128 + 9, Self.runbooks[runbook].exit].contains(struck.exit), "\(call) \(number): \(struck)")
      return try await end(run, runbook, one)
    }
    // Steps that start together share a sync or do not: on a loaded machine the last few calls are not always made.
    #expect(missed <= cases.count / 10)
  }

  @Test(
    "guarantee 7: told that the disk failed, belay starts nothing more and exits with 11; the run goes on later"
  )
  func failed() async throws {
    let calls = try await calls(of: 0)
    var strikes: [String] = []
    for (call, errors) in [
      ("write", ["EIO", "ENOSPC"]), ("fsync", ["EIO", "ENOSPC"]), ("fallocate", ["EIO"]),
    ] {
      for number in 1...(calls[call] ?? 1) {
        // CI takes the errors in turn, once and for good.
        let all = errors.flatMap {
          ["\(call):error=\($0):when=\(number)", "\(call):error=\($0):when=\(number)+"]
        }
        strikes += Campaign.isSoak ? all : [all[number % all.count]]
      }
    }
    var missed = 0
    try await Campaign("journal-errors", ci: strikes.count, soak: strikes.count).run { one in
      let run = try await run(0)
      let struck = try await run.resume(strike: strikes[one.number])
      if struck.exit == 0 { missed += 1 }
      try one.expect([11, 0].contains(struck.exit), "\(strikes[one.number]): \(struck)")
      let intents = try run.kinds().count { $0 == "intended" }
      try one.expect(run.lines.count <= intents, "\(run.lines) ran, with \(intents) intents")
      return try await end(run, 0, one)
    }
    #expect(missed <= strikes.count / 10)
  }

  /// A thread may be moved to another: then it is looked at again.
  private func calls(of runbook: Int) async throws -> [String: Int] {
    for _ in 0..<4 {
      if let calls = try await run(runbook).calls() { return calls }
    }
    return try #require(try await run(runbook).calls(), "several threads make the calls on the journal")
  }

  private func run(_ number: Int) async throws -> TracedRun {
    let (steps, check, _, _) = Self.runbooks[number]
    return try await TracedRun(steps, check: check)
  }

  /// Whoever takes it up reaches the end that it would have had.
  private func end(_ run: TracedRun, _ runbook: Int, _ one: Campaign.Case) async throws -> String {
    let (_, _, exit, lines) = Self.runbooks[runbook]
    let hadEnded = try run.kinds().last == "ended"
    if !hadEnded {
      let resumed = try await run.resume()
      try one.expect(resumed.exit == exit, "\(resumed)")
    }
    try one.expect(run.lines.sorted() == lines, "\(run.lines)")
    let kinds = try run.kinds()
    try one.expect(kinds.last == "ended", "no end: \(kinds)")
    return hadEnded ? "had ended" : "taken up"
  }
}

/// A run of a runbook at the controller, stopped for a person before its first act.
struct TracedRun {
  struct Result: CustomStringConvertible {
    var exit: Int
    var text: String
    var description: String { "exit \(exit)\n\(text)" }
  }

  private let scratch = ScratchDirectory()
  private let journal: String

  static var isPossible: Bool {
    ["strace", "taskset"].allSatisfy { fileKind("/usr/bin/\($0)") == .file }
  }

  init(_ steps: [String], check: String) async throws {
    let acts = steps.map { step in
      let parts = step.split(separator: " | ").map(String.init)
      return """
          \(parts[0]):
            act: Write a line
            at: controller
            run: echo \(parts[0]) >> lines
            rollback: { run: "echo undo-\(parts[0]) >> lines" }
            \(parts.dropFirst().first ?? "timeout: 1m")

        """
    }
    let text = """
      runbook: lines
      summary: Write lines.
      steps:
        go: { approve: "Go on?", within: 30s }
      \(acts.joined())  check: { verify: "All is well", at: controller, needs: [\(steps.map { $0.prefix { $0 != " " } }.joined(separator: ", "))], run: "\(check)", within: 1ms, every: 1ms }

      """
    _ = try scratch.write(text, to: "lines.yaml")
    let environment = Self.environment(scratch)
    let stopped = try await Subprocess(
      MeasuredProgram.path, ["run", "./lines.yaml", "--yes"], environment: environment,
      directory: scratch.path, timeout: .seconds(120)
    ).run()
    let runs = scratch.path(of: ".belay/runs")
    let name = try listDirectory(runs).first { $0.hasSuffix(".jsonl") }
    journal = Path.join(runs, try #require(name, "\(stopped.stderr.text)"))
  }

  private static func environment(_ scratch: ScratchDirectory) -> [String: String] {
    [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": scratch.path,
      "BELAY_HOME": scratch.path(of: ".belay"), "LANG": "C.UTF-8",
    ]
  }

  var lines: [String] {
    let bytes = (try? readFile(scratch.path(of: "lines"), limit: 1 << 16)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// What the complete records are.
  func kinds() throws -> [String] {
    let text = String(decoding: try readFile(journal, limit: 1 << 24), as: UTF8.self)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap {
      (try? JSONReader.parse(String($0)))?["kind"]?.stringValue
    }
  }

  /// Takes it up; `strike` is what strace does to one of the calls on the journal.
  func resume(strike: String? = nil) async throws -> Result {
    let belay = [MeasuredProgram.path, "resume", "last", "--approve", "go"]
    return try await execute(
      strike.map { Self.traced(journal, ["-e", "inject=\($0)", "-o", "/dev/null"]) + belay } ?? belay)
  }

  /// How often each call on the journal is made; nil unless it is one thread that makes them.
  func calls() async throws -> [String: Int]? {
    let trace = scratch.path(of: "trace")
    let belay = [MeasuredProgram.path, "resume", "last", "--approve", "go"]
    let result = try await execute(Self.traced(journal, ["-o", trace]) + belay)
    try #require([0, 5].contains(result.exit), "\(result)")
    var threads: Set<Substring> = []
    var calls: [String: Int] = [:]
    for line in String(decoding: try readFile(trace, limit: 1 << 24), as: UTF8.self).split(separator: "\n") {
      // The number of the thread, padded when it is short, and the call.
      let words = line.split(separator: /\ +/, maxSplits: 1)
      guard words.count == 2, let name = words[1].split(separator: "(").first, words[1].contains("("),
        name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
      else { continue }
      threads.insert(words[0])
      calls[String(name), default: 0] += 1
    }
    // strace counts the calls of each thread by themselves: with several, the numbers would name no moment.
    return threads.count == 1 ? calls : nil
  }

  /// On one processor, so that one thread makes all the calls.
  private static func traced(_ journal: String, _ options: [String]) -> [String] {
    ["taskset", "-c", processor, "strace", "-f", "-qq", "-e", "signal=none", "-P", journal] + options
  }

  /// Any one that this process may use.
  private static let processor: String = {
    let status = (try? readFile("/proc/self/status", limit: 1 << 16)) ?? []
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("Cpus_allowed_list:") }
    return line?.split { !$0.isNumber }.first.map(String.init) ?? "0"
  }()

  private func execute(_ words: [String]) async throws -> Result {
    let result = try await Subprocess(
      words[0], Array(words.dropFirst()), environment: Self.environment(scratch), directory: scratch.path,
      timeout: .seconds(120)
    ).run()
    let exit =
      switch result.exit {
      case .status(let status): Int(status)
      case .signal(let signal): 128 + Int(signal)
      case .timedOut, .cancelled: -1
      }
    return Result(exit: exit, text: result.stderr.text + result.stdout.text)
  }
}
