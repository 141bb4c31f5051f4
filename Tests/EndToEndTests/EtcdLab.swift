import Lab
import Model
import Platform
import TestSupport
import Testing

/// Brings a lab of machines up before a suite and takes it down after it, however the suite ends.
struct EtcdLab: SuiteTrait, TestScoping {
  @TaskLocal static var current: LabDescription?

  var members = 3
  var spares = 2

  var isRecursive: Bool { false }

  static var isPossible: Bool { Host.isRoot && hasEtcd && fileKind("/usr/bin/systemd-nspawn") == .file }
  static var hasEtcd: Bool {
    ["/usr/bin/etcd", "/usr/bin/etcdctl", "/usr/sbin/sshd"].allSatisfy { fileKind($0) == .file }
  }
  static var obstacle: Comment { "needs root, systemd-container, etcd-server and etcd-client" }

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let scratch = ScratchDirectory()
    let directory = scratch.path(of: "lab")
    let lab = try await LabControl.up(
      LabSpec(members: members, spares: spares, directory: directory, kind: .machines))
    do {
      try await Self.$current.withValue(lab) { try await function() }
    } catch {
      try await LabControl.down(directory: directory)
      throw error
    }
    #expect(try await LabControl.down(directory: directory))
  }

  static var lab: LabDescription { get throws { try #require(current) } }
}

extension LabDescription {
  func node(_ name: String) throws -> LabNode { try #require(nodes.first { $0.name == name }) }
  var members: [LabNode] { nodes.filter { $0.role == .member } }

  func belay() throws -> BelayProgram { try BelayProgram(inventory: files.inventory) }

  /// What a command prints on a node, as any user of the lab would run it.
  func output(_ name: String, _ command: String) async throws -> String {
    let options = [
      "UserKnownHostsFile=\"\(files.knownHosts)\"", "BatchMode=yes", "StrictHostKeyChecking=yes",
      // The default exchange is half of what a connection costs.
      "ConnectTimeout=5", "KexAlgorithms=curve25519-sha256",
    ]
    let result = try await Subprocess(
      "ssh",
      ["-F", "none", "-i", files.identity] + options.flatMap { ["-o", $0] } + [
        "\(user)@\(try node(name).address)", command,
      ]
    ).run()
    #expect(result.isSuccess, "\(name): \(command): \(result.stderr.text)")
    return result.stdout.text
  }

  func fault(_ node: String, _ words: String...) async throws { try await fault(node, words: words) }

  func fault(_ node: String, words: [String]) async throws {
    try await LabControl.fault(directory: directory, node: node, kind: try LabFault(words))
  }

  /// `etcdctl member list` of a member, sorted, as a person would compare it.
  func memberList(of name: String = "n1") async throws -> [String] {
    try await output(name, "etcdctl member list").split(separator: "\n").map(String.init).sorted()
  }

  /// Everything of a spare node that a run may touch: file with content, mode and owner, service, data.
  func spareState(_ name: String) async throws -> String {
    try await output(
      name,
      """
      stat -c '%n %a %U:%G' /etc/default/etcd; cat /etc/default/etcd; ls /etc/default
      systemctl is-active etcd; systemctl is-enabled etcd
      [ ! -e /var/lib/etcd/default ] || echo "there is data"
      ls /var/lib/belay/receipts 2>/dev/null; true
      """)
  }

  /// How often this node has seen etcd take in a member with that peer address.
  func additions(of spare: String, seenBy name: String = "n1") async throws -> Int {
    let peer = "http://\(try node(spare).address):2380"
    let log = try await output(name, "journalctl -u etcd --no-pager -o cat")
    return log.split(separator: "\n").filter { $0.contains("added member") && $0.contains(peer) }.count
  }

  /// Waits until every member of the list has started, votes and answers.
  func settle(members names: [String], askedOf asked: String = "n1") async throws {
    var seen = ""
    for _ in 0..<100 {
      seen = try await output(asked, "etcdctl endpoint health --cluster 2>&1 || true; etcdctl member list")
      let lines = seen.split(separator: "\n")
      let healthy = lines.filter { $0.contains("is healthy") }
      let voters = lines.filter { $0.contains(", started, ") && $0.hasSuffix(", false") }
      if healthy.count == names.count, voters.count == names.count { return }
      try await Task.sleep(for: .milliseconds(200))
    }
    Issue.record("the cluster did not settle with \(names): \(seen)")
  }
}

extension LabDescription {
  func leader() async throws -> String {
    for _ in 0..<50 {
      for node in nodes {
        let url = "http://\(node.address):2379"
        let status = try await Subprocess(
          "etcdctl", ["--endpoints=\(url)", "--command-timeout=500ms", "endpoint", "status"],
          environment: ["PATH": "/usr/bin:/bin", "ETCDCTL_API": "3"]
        ).run()
        if status.stdout.text.contains(", true, false, ") { return node.name }
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw LabHasNoLeader()
  }

  func memberNames(askedOf name: String) async throws -> [String] {
    try await memberList(of: name).map { String($0.split(separator: ", ")[2]) }.sorted()
  }

  private struct LabHasNoLeader: Error {}

  /// Takes an added node out again with belay, and undoes what that leaves on it on purpose: its configuration, and its
  /// data set aside.
  func remove(_ name: String, with belay: BelayProgram, keeping configuration: String) async throws {
    let removed = try await belay.run("remove-node", name, "--yes")
    #expect(removed.exit == 0, "\(removed)")
    let quoted = "'\(configuration.replacing("'", with: "'\\''"))'"
    _ = try await output(
      name,
      "printf %s \(quoted) > /etc/default/etcd; chmod 644 /etc/default/etcd; rm -rf /var/lib/etcd/default.*")
  }

  func configuration(of name: String) async throws -> String {
    try await output(name, "cat /etc/default/etcd")
  }
}
