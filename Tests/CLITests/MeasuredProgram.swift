import Glibc
import Platform

/// What one run of the built `belay` cost.
struct MeasuredProgram {
  var exit: Int32
  var output: String
  var cpuSeconds: Double
  var peakMiB: Double

  /// The pipe is too small for what it prints, so that it waits for us while its peak is read from /proc: what the kernel
  /// counts at its end would be no less than what this process had when it started it.
  static func run(_ arguments: [String], input: String = "/dev/null") throws -> MeasuredProgram {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw Failure(what: "pipe") }
    defer { close(ends[0]) }
    // Of the program's outputs only copies stay open, so that they end with it.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let setPipeSize: Int32 = 1031
    guard fcntl(ends[1], setPipeSize, 4096) == 4096 else { throw Failure(what: "make a pipe small") }
    let process = try spawn([path] + arguments, input: input, output: ends[1])
    close(ends[1])

    var output: [UInt8] = []
    var peak = 0.0
    var reads = 0
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe read(ends[0], &chunk, output.isEmpty ? 1 : chunk.count)
      if count <= 0 { break }
      if output.isEmpty { peak = residentPeak(process) }
      // A longer output is the end of more work: its peak is taken again on the way.
      reads += 1
      if reads.isMultiple(of: 64) { peak = max(peak, residentPeak(process, or: 0)) }
      output += chunk.prefix(count)
    }
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(process, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw Failure(what: "wait4") }
    }
    return MeasuredProgram(
      exit: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F,
      output: String(decoding: output, as: UTF8.self),
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakMiB: peak)
  }

  private struct Failure: Error { var what: String }

  /// Beside the bundle that holds these tests, wherever that was built.
  static var path: String {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let root = Path.normalized("../../..", from: #filePath)
    return bundle.map { Path.join(Path.parent(of: $0), "belay") } ?? Path.join(root, ".build/debug/belay")
  }

  private static func spawn(_ words: [String], input: String, output: Int32) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    var process: pid_t = 0
    guard unsafe posix_spawn(&process, words[0], &actions, nil, &pointers, environ) == 0 else {
      throw Failure(what: "start \(words[0])")
    }
    return process
  }

  private static func residentPeak(_ process: pid_t, or none: Double = .infinity) -> Double {
    let status =
      (try? readFile("/proc/\(process)/status", limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) }
      ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } ?? none) / 1024
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
