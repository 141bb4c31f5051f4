import Glibc
import Model
import Platform
import TestSupport
import Testing

/// `belay journal tail`, on journals whose writer is a real belay, dead, or a program that only holds the lock.
@Suite struct JournalTailTests {
  private let waiting = """
    runbook: wait
    summary: Act, wait for a file, act again.
    steps:
      first:
        act: The first
        at: controller
        run: echo one >> marks
        rollback: { run: echo undone >> marks }
      gate:
        act: Wait for the file
        at: controller
        run: until [ -e go ]; do sleep 0.05; done
        rollback: { run: echo undone >> marks }
    """

  private func journal(of bench: EvidenceBench) async throws -> String {
    try await until { (try? listDirectory(bench.runs))?.contains { $0.hasSuffix(".jsonl") } == true }
    return bench.journal(try #require(try listDirectory(bench.runs).first))
  }

  /// However slow the machine is; a test that never gets there is ended by its own time limit.
  private func until(_ holds: () -> Bool) async throws {
    for _ in 0..<3000 where !holds() { try await Task.sleep(for: .milliseconds(20)) }
    try #require(holds(), "it never came to that")
  }

  private func text(_ path: String) -> String {
    String(decoding: (try? readFile(path, limit: 1 << 24)) ?? [], as: UTF8.self)
  }

  @Test func followsALiveRunToItsEndAndSaysWhatApplySays() async throws {
    let bench = try EvidenceBench()
    _ = try bench.bench.scratch.write(waiting, to: "wait.yaml")
    async let run = bench.bench.belay("run", "./wait.yaml", "--yes")
    let path = try await journal(of: bench)
    let seen = bench.bench.scratch.path(of: "seen")
    let tail = try FixtureProcess.spawn([MeasuredProgram.path, "journal", "tail", path], output: seen)
    try await until { text(seen).contains("act    gate @controller") }
    #expect(!text(seen).contains("ok     gate"), "live, not from the end")
    _ = try bench.bench.scratch.write("", to: "go")
    let applied = try await run
    #expect(applied.exit == 0, "a reader is in nobody's way: \(applied)")
    #expect(FixtureProcess.reap(tail) == 0)
    let said = text(seen).split(separator: "\n").dropFirst()
    #expect(
      said.count == 6 && applied.err.hasSuffix(said.joined(separator: "\n") + "\n"), "\(said)\n\(applied)")
    let records = try await bench.bench.belay("journal", "tail", "last", "--json")
    #expect(records.exit == 0 && records.out == text(path))
  }

  @Test func endsHonestlyWhenTheWriterIsGoneAndGoesOnAfterAResume() async throws {
    let bench = try EvidenceBench()
    _ = try bench.bench.scratch.write(waiting, to: "wait.yaml")
    let script = "exec env BELAY_HOME=.belay \(MeasuredProgram.path) run ./wait.yaml --yes"
    let run = try FixtureProcess.spawn(["/bin/sh", "-c", "cd \(bench.bench.scratch.path) && \(script)"])
    let path = try await journal(of: bench)
    try await until { text(path).contains(#""kind":"intended","data":{"attempt":1,"command":"until"#) }
    kill(run, SIGKILL)
    _ = FixtureProcess.reap(run)
    let alone = try await bench.bench.belay("journal", "tail", "last")
    #expect(alone.exit == 7 && alone.out.contains("act    gate"), "\(alone)")
    #expect(
      alone.err.contains("no belay writes its journal any more") && alone.err.contains("belay resume"),
      "\(alone)")
    _ = try bench.bench.scratch.write("", to: "go")
    #expect(try await bench.bench.belay("resume", "last").exit == 0)
    let ended = try await bench.bench.belay("journal", "tail", "last")
    #expect(ended.exit == 0 && ended.out.contains("resumed by"), "\(ended)")
  }

  /// `flock` stands for a writer that is slow in the middle of a record.
  private func heldJournal(_ bench: EvidenceBench, then script: String) async throws -> (
    path: String, holder: pid_t
  ) {
    let name = try await bench.run()
    let path = bench.bench.scratch.path(of: "held.jsonl")
    let bytes = try bench.bytes(bench.journal(name))
    _ = try bench.bench.scratch.write(Array(bytes.dropLast(30)), to: "held.jsonl")
    _ = try bench.bench.scratch.write(Array(bytes.suffix(30)), to: "rest")
    let work = "touch held; until [ -e go ]; do sleep 0.05; done; \(script)"
    let holder = try FixtureProcess.spawn(
      ["/bin/sh", "-c", "cd \(bench.bench.scratch.path) && exec flock held.jsonl sh -c '\(work)'"])
    try await until { fileKind(bench.bench.scratch.path(of: "held")) != nil }
    return (path, holder)
  }

  @Test func aTornLastRecordIsWaitedForWhileItsWriterLives() async throws {
    let bench = try EvidenceBench()
    let (path, holder) = try await heldJournal(bench, then: "cat rest >> held.jsonl")
    async let tail = bench.bench.belay("journal", "tail", path)
    // Longer than it takes to find that nobody is there.
    try await Task.sleep(for: .seconds(2))
    _ = try bench.bench.scratch.write("", to: "go")
    let ended = try await tail
    #expect(ended.exit == 0 && ended.out.contains("done      1 act"), "\(ended)")
    _ = FixtureProcess.reap(holder)
  }

  @Test func anIncompleteRecordThatNobodyFinishesIsSaid() async throws {
    let bench = try EvidenceBench()
    let (path, holder) = try await heldJournal(bench, then: "true")
    _ = try bench.bench.scratch.write("", to: "go")
    _ = FixtureProcess.reap(holder)
    let ended = try await bench.bench.belay("journal", "tail", path)
    #expect(ended.exit == 7 && ended.err.contains("of an incomplete record stand at the end"), "\(ended)")
  }

  @Test func damageIsSaidAfterWhatWasSound() async throws {
    let bench = try EvidenceBench()
    let (path, holder) = try await heldJournal(bench, then: "echo forged >> held.jsonl")
    _ = try bench.bench.scratch.write("", to: "go")
    _ = FixtureProcess.reap(holder)
    let ended = try await bench.bench.belay("journal", "tail", path)
    #expect(ended.exit == 11 && ended.out.contains("ok     mark"), "\(ended)")
    #expect(ended.err.contains("is damaged") && ended.err.contains("line 4"), "\(ended)")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalEndsItCleanly(signal: Int32) async throws {
    let bench = try EvidenceBench()
    let (path, holder) = try await heldJournal(bench, then: "true")
    let seen = bench.bench.scratch.path(of: "seen")
    let tail = try FixtureProcess.spawn([MeasuredProgram.path, "journal", "tail", path], output: seen)
    try await until { text(seen).contains("ok     mark") }
    kill(tail, signal)
    #expect(FixtureProcess.reap(tail) == 0)
    #expect(text(seen).contains("no longer following run"), "\(text(seen))")
    _ = try bench.bench.scratch.write("", to: "go")
    _ = FixtureProcess.reap(holder)
  }
}
