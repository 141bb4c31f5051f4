import Execution
import Journal
import Model
import Platform
import Report
import Synchronization

extension JournalTask {
  static let tail = JournalTask(
    name: "tail", usage: "RUN [--json] [--verbose]", flags: [.json, .verbose]
  ) { path, arguments, session in
    let stop = StopRequest()
    SignalWatch.handle { _, _ in stop.make() }
    defer { SignalWatch.stopHandling() }
    var tail = try JournalTail(path, arguments, session)
    return try await tail.follow(until: stop)
  }
}

/// Ctrl-C, as seen by who looks up now and then.
private final class StopRequest: Sendable {
  private let flag = Mutex(false)
  func make() { flag.withLock { $0 = true } }
  var isMade: Bool { flag.withLock { $0 } }
}

/// A run as its journal grows: what `apply` says while it runs, or the records themselves.
private struct JournalTail: ~Copyable {
  private var follower: JournalFollower
  private var replay: RunLog.Replay?
  private var progress: ProgressText?
  private let isJSON: Bool
  private let isVerbose: Bool
  private let session: Session

  /// How long to pause when there is nothing new, and after how many such pauses the writer is looked for.
  private static let pause = Duration.milliseconds(200)
  private static let patience = 3

  init(_ path: String, _ arguments: Arguments, _ session: Session) throws {
    follower = try JournalFollower(path)
    isJSON = arguments.has(.json)
    isVerbose = arguments.has(.verbose)
    self.session = session
  }

  /// Ends as the run ended, or when nobody is left who could go on with it, or when asked to.
  mutating func follow(until stop: StopRequest) async throws -> ExitCode {
    var idle = 0
    var isAlone = false
    while !stop.isMade {
      let lines = try follower.next()
      for line in lines { try tell(line) }
      if !lines.isEmpty {
        (idle, isAlone) = (0, false)
        continue
      }
      // Only when nothing follows: a run that ended may have been taken up again to be undone.
      if let code = closing() { return code }
      idle += 1
      if idle.isMultiple(of: Self.patience) {
        let wasAlone = isAlone
        isAlone = try isLeftAlone()
        // Between its creation and its lock a journal is nobody's, for a moment: it takes two looks.
        if isAlone, wasAlone { throw try abandonment() }
      }
      try await Task.sleep(for: Self.pause)
    }
    session.say("no longer following \(replay.map { "run \($0.start.run)" } ?? follower.path)")
    return .done
  }

  private mutating func tell(_ line: JournalFollower.Line) throws {
    if isJSON { session.print(String(decoding: line.bytes, as: UTF8.self)) }
    guard let event = try replay?.take(line.record) else {
      let begun = try RunLog.Replay(from: line.record)
      progress = ProgressText(plan: begun.start.plan, paint: session.outputPaint, isVerbose: isVerbose)
      replay = begun
      if !isJSON { session.print("run \(begun.start.run), journal \(follower.path)") }
      if begun.start.host != Host.name {
        session.say(
          "it was begun on \(visible(begun.start.host)): whether its belay still lives cannot be seen from \(Host.name)"
        )
      }
      return
    }
    if !isJSON, let text = progress?.line(for: event) { session.print(text) }
  }

  /// The run's own exit code once it has ended.
  private func closing() -> ExitCode? {
    guard let replay, case .ended(let exit) = replay.machine.phase else { return nil }
    let code = ExitCode(rawValue: exit) ?? .internalError
    if !isJSON { session.print(RunText(replay, paint: session.outputPaint).closing(exit: code)) }
    return code
  }

  /// Only the machine that the run was started on can tell: a journal on a shared disk is locked elsewhere.
  private func isLeftAlone() throws -> Bool {
    if let host = replay?.start.host, host != Host.name { return false }
    return try follower.writer() == .free
  }

  private mutating func abandonment() throws -> Stop {
    let incomplete = try follower.incompleteByteCount()
    let details =
      incomplete > 0
      ? ["\(byteSize(incomplete)) of an incomplete record stand at the end, as a crash leaves them"] : []
    guard let replay else {
      return Stop(
        .journal, "\(follower.path) holds no complete record: the run never started", details: details)
    }
    let run = replay.start.run
    if let step = replay.machine.waitingFor {
      return Stop(
        .interrupted, "run \(run) waits for a person at \(step), and nobody is asking", details: details,
        help: "belay resume \(run) --approve \(step)")
    }
    return Stop(
      .interrupted,
      "run \(run) has not ended, and no belay writes its journal any more: it was stopped or killed",
      details: details, help: "belay resume \(run)")
  }
}
