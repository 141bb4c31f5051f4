import Lab
import Platform
import Testing

/// Brings a lab up before a suite and takes it down after it, checking that nothing of it is left.
struct LabScope: SuiteTrait, TestScoping {
  @TaskLocal static var current: LabDescription?

  let spec: LabSpec

  var isRecursive: Bool { false }

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let lab = try await LabControl.up(spec)
    do {
      try await Self.$current.withValue(lab) { try await function() }
    } catch {
      try await LabControl.down(directory: spec.directory)
      throw error
    }
    // Unless this finds a living lab, finding nothing of a dead one means nothing.
    let living = try await leftovers(of: lab.id, lab.directory)
    #expect(living.count > lab.nodes.count)
    #expect(try await LabControl.down(directory: spec.directory))
    let left = try await leftovers(of: lab.id, lab.directory)
    #expect(left == [])
    #expect(try await LabControl.down(directory: spec.directory) == false)
  }

  static var lab: LabDescription { get throws { try #require(current) } }
}

/// A place for a lab that no other test run uses.
func labDirectory(_ name: String) -> String { "/tmp/belay-lab-test-\(Host.processID)-\(name)" }

/// Everything on this machine that still carries a lab's id or directory, zombies apart.
func leftovers(of id: String, _ directory: String) async throws -> [String] {
  let look = """
    cat /proc/[0-9]*/mountinfo | grep -F belay-\(id)
    ip -o link | grep -F belay\(id)
    ls /run/netns 2>/dev/null | grep -F belay-\(id)
    find /sys/fs/cgroup -maxdepth 2 -name 'belay-\(id)*'
    find /run/systemd -name '*\(id)*' 2>/dev/null
    ls -d '\(directory)' 2>/dev/null
    for process in /proc/[0-9]*; do
      grep -qE '^State:.*zombie' $process/status 2>/dev/null && continue
      cat $process/cmdline | tr '\\0' ' ' | grep -F '\(directory)/nodes'
      cat $process/environ | tr '\\0' '\\n' | grep -F BELAY_LAB=\(id)
    done
    true
    """
  // On its stdin, since a shell that looks for a text must not find it among its own arguments.
  let found = try await Subprocess("sh", stdin: Array(look.utf8)).run()
  #expect(found.isSuccess, "\(found.stderr.text)")
  return found.stdout.text.split(separator: "\n").map(String.init)
}

extension LabDescription {
  func node(_ name: String) throws -> LabNode { try #require(nodes.first { $0.name == name }) }

  /// Runs a command on a node as any user of the lab would.
  func ssh(_ name: String, _ command: String) async throws -> SubprocessResult {
    let node = try node(name)
    return try await Subprocess(
      "ssh",
      [
        "-F", "none", "-i", files.identity, "-p", "\(node.port)", "-o",
        "UserKnownHostsFile=\"\(files.knownHosts)\"",
        "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=1",
        // The default exchange is half of what a connection costs.
        "-o", "KexAlgorithms=curve25519-sha256",
        "\(user)@\(node.address)", command,
      ]
    ).run()
  }

  /// What a command prints on a node, which must succeed.
  func output(_ name: String, _ command: String) async throws -> String {
    let result = try await ssh(name, command)
    #expect(result.isSuccess, "\(name): \(command): \(result.stderr.text)")
    return result.stdout.text.split(separator: "\n").joined(separator: "\n")
  }

  func etcdctl(_ name: String, _ arguments: [String]) async throws -> SubprocessResult {
    let address = try node(name).address
    return try await Subprocess(
      "etcdctl", ["--endpoints=http://\(address):2379", "--command-timeout=1s"] + arguments
    ).run()
  }

  func fault(_ node: String, _ kind: LabFault) async throws {
    try await LabControl.fault(directory: directory, node: node, kind: kind)
  }

  func condition(_ name: String) async throws -> LabCondition {
    let now = try #require(try await LabControl.status(directory: directory))
    return try now.node(name).condition
  }
}

/// Polls for at most fifteen seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<150 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(100))
  }
  return false
}
