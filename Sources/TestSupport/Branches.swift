private import Glibc

/// The futures of one moment. A test that could go on in several ways goes each of them in a process of its own, which has
/// the same memory to begin with: what they have in common is done once. For tests that are on one thread all the way to
/// their end, as those of a simulation are: a branch has no other thread.
package final class Branches {
  /// How one of them came out.
  package struct Report: Hashable, Sendable {
    package var hasFailed: Bool
    package var text: String

    package init(hasFailed: Bool, text: String) {
      self.hasFailed = hasFailed
      self.text = text
    }
  }

  private struct Child {
    var process: pid_t
    var output: Int32
  }

  /// In a branch, where its report goes.
  private var home: Int32?
  private var children: [Child] = []
  private var reports: [Report] = []
  /// Different in each of them.
  private(set) package var number = 0
  private var numbersGiven = 0
  /// How many run beside the one that they come from.
  private let limit = max(0, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)

  package init() {}

  /// True in the branch, and false in the one that goes on as if nothing had happened.
  package func branch() -> Bool {
    while children.count > limit { joinFirst() }
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else {
      reports.append(Report(hasFailed: true, text: "no pipe to a branch: error \(errno)"))
      return false
    }
    numbersGiven += 1
    let process = fork()
    guard process == 0 else {
      close(ends[1])
      if process > 0 {
        children.append(Child(process: process, output: ends[0]))
        // A branch waits for its own branches: there are enough of them at once already.
        if home != nil { joinFirst() }
      } else {
        close(ends[0])
        reports.append(Report(hasFailed: true, text: "no process for a branch: error \(errno)"))
      }
      return false
    }
    close(ends[0])
    if let home { close(home) }
    for child in children { close(child.output) }
    home = ends[1]
    number = number * 100 + numbersGiven
    (children, reports, numbersGiven) = ([], [], 0)
    // What hangs is killed, and says so by that.
    alarm(Self.patience)
    return true
  }

  private static let patience: UInt32 = 300

  /// How this one came out. A branch tells it to where it comes from and is no more; that one has them all.
  package func conclude(_ report: Report) -> [Report] {
    while !children.isEmpty { joinFirst() }
    reports.append(report)
    guard let home else {
      defer { reports = [] }
      return reports
    }
    for report in reports { Self.write(Self.bytes(of: report), to: home) }
    _exit(0)
  }

  // MARK: Between processes

  /// One byte that says how it came out, the text, and a byte that no text has.
  private static func bytes(of report: Report) -> [UInt8] {
    [report.hasFailed ? 1 : 0] + report.text.utf8 + [0xFF]
  }

  private static func write(_ bytes: [UInt8], to output: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(output, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  private func joinFirst() {
    let child = children.removeFirst()
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(child.output, $0.baseAddress, $0.count)
      }
      guard count > 0 || count < 0 && errno == EINTR else { break }
      bytes += buffer.prefix(max(0, count))
    }
    close(child.output)
    let status = FixtureProcess.reap(child.process)
    for record in bytes.split(separator: 0xFF) {
      reports.append(
        Report(hasFailed: record.first == 1, text: String(decoding: record.dropFirst(), as: UTF8.self)))
    }
    if status != 0 { reports.append(Report(hasFailed: true, text: "a branch ended with status \(status)")) }
  }
}
