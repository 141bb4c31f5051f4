import Execution
import Journal
import Model
import Planning
import Platform

/// `.belay/` or `$BELAY_HOME`: journals and locks.
struct RunStore: Sendable {
  let directory: String

  init() { directory = Host.environment("BELAY_HOME") ?? ".belay" }

  private var runs: String { Path.join(directory, "runs") }
  func path(of run: RunID) -> String { Path.join(runs, "\(run).jsonl") }

  /// Journals from the oldest to the newest: a run's id begins with its time.
  func journals() -> [(run: RunID, path: String)] {
    let names = (try? listDirectory(runs)) ?? []
    return names.filter { $0.hasSuffix(".jsonl") }.sorted().map {
      (RunID(String($0.dropLast(6))), Path.join(runs, $0))
    }
  }

  /// An id, a unique beginning of one, `last`, or a journal's path.
  func find(_ text: String) throws -> String {
    if text.contains("/") || text.hasSuffix(".jsonl") {
      guard fileKind(text) != nil else { throw Stop(.usage, "there is no journal \(text)") }
      return text
    }
    let all = journals()
    if text == "last" {
      guard let last = all.last else { throw Stop(.usage, "no run is recorded in \(runs)") }
      return last.path
    }
    let matching = all.filter { $0.run.rawValue.hasPrefix(text) }
    if let exact = matching.first(where: { $0.run.rawValue == text }) { return exact.path }
    switch matching.count {
    case 1: return matching[0].path
    case 0: throw Stop(.usage, "no run is called \"\(text)\"", help: "`belay runs` lists them")
    default:
      throw Stop(
        .usage, "\"\(text)\" could be \(matching.map(\.run.rawValue).joined(separator: ", "))",
        help: "type more of it")
    }
  }

  /// `20261121-101530-4f2a`: the day, the second, its thousandth and chance, the last two to the base 36. Sorts by time
  /// within a second too: `last` and the chain of journals depend on it.
  static func newRunID(at now: Timestamp = .now) -> RunID {
    let digits = now.description.filter(\.isNumber)
    func short(_ number: Int) -> String {
      let text = String(number % 1296, radix: 36)
      return text.count == 1 ? "0" + text : text
    }
    let chance = randomBytes(2).reduce(0) { $0 << 8 | Int($1) }
    let suffix = short(Int(digits.suffix(3)) ?? 0) + short(chance)
    return RunID("\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))-\(suffix)")
  }

  /// The newest journal and its head: the next one names them, so that a whole journal cannot vanish unseen.
  var last: (run: RunID, head: JournalHead)? {
    journals().last.flatMap { last in
      (try? JournalReader.inspect(last.path).head).map { (last.run, $0) }
    }
  }

  /// Taken again for a run that is taken up.
  func lockCluster(of start: RunLog.Start) throws -> FileLock? {
    try start.plan.cluster.map { try lock($0, for: start.run) }
  }

  /// One run at a time per cluster. The kernel lets go of it however belay ends.
  func lock(_ cluster: ClusterName, for run: RunID) throws -> FileLock {
    let locks = Path.join(directory, "locks")
    try makeDirectory(directory)
    try makeDirectory(locks)
    do {
      return try FileLock(
        Path.join(locks, "\(cluster).lock"), holder: LockHolder(run: run.rawValue))
    } catch {
      switch error {
      case .held(_, let holder):
        let who = holder.map { "run \($0.run) (process \($0.processID) on \($0.host), since \($0.since))" }
        throw Stop(
          .busy, "cluster \(cluster) is held by \(who ?? "another run")",
          help: "wait for it to end, or look at it with `belay show \(holder?.run ?? "last")`")
      case .system(let error): throw error
      }
    }
  }

  /// Reads a run; a torn last record, as a crash leaves it, is no obstacle to reading.
  func replay(_ path: String) throws -> RunLog.Replay {
    try RunLog.replay(try JournalReader.read(path).records)
  }
}
