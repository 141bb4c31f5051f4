import Glibc
import Platform

/// The processes of a loopback lab, found by what they carry: the lab's mark in the environment or its directory in the
/// command line, and all that descends from those.
struct LabProcesses: Sendable {
  let mark: String
  let directory: String

  func find() -> Set<Int32> {
    guard let names = try? listDirectory("/proc") else { return [] }
    var parents: [Int32: Int32] = [:]
    var found: Set<Int32> = []
    for pid in names.compactMap({ Int32($0) }) where pid != Host.processID {
      // A zombie is only a number that its parent has not asked for yet.
      guard let (parent, state) = parentAndState(of: pid), state != "Z" else { continue }
      parents[pid] = parent
      if environment(of: pid).contains(where: { $0 == mark })
        || commandLine(of: pid).contains("\(directory)/")
      {
        found.insert(pid)
      }
    }
    while true {
      let more = parents.filter { found.contains($0.value) && !found.contains($0.key) }.keys
      if more.isEmpty { return found }
      found.formUnion(more)
    }
  }

  func isRunning(commandWith text: String) -> Bool { find().contains { commandLine(of: $0).contains(text) } }

  func killAll() async throws {
    let ended = try await poll(atMost: .seconds(10), every: .milliseconds(20)) {
      let rest = find()
      for pid in rest { kill(pid, SIGKILL) }
      return rest.isEmpty
    }
    guard ended else {
      throw LabError("some processes of the lab do not end", help: "see: ps e | grep \(mark)")
    }
  }

  private func text(_ pid: Int32, _ file: String) -> String {
    String(decoding: (try? readFile("/proc/\(pid)/\(file)", limit: 4 << 20)) ?? [], as: UTF8.self)
  }

  private func environment(of pid: Int32) -> [Substring] { text(pid, "environ").split(separator: "\0") }

  /// sshd writes its own title here, words apart by spaces, and keeps the path of its configuration in it.
  private func commandLine(of pid: Int32) -> String { text(pid, "cmdline").replacing("\0", with: " ") }

  private func parentAndState(of pid: Int32) -> (Int32, Substring)? {
    let stat = text(pid, "stat")
    // "pid (name) state parent …", and the name may hold anything.
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
    return (parent, fields[0])
  }
}
