import Lab
import Platform
import Testing

@Suite(
  .serialized, .enabled(if: Host.isRoot, "machines of their own need root"),
  LabScope(spec: LabSpec(members: 3, spares: 1, directory: labDirectory("machines"), kind: .machines)))
struct MachineLabTests {
  @Test func everyNodeIsAMachineOfItsOwn() async throws {
    let lab = try LabScope.lab
    var machines: Set<String> = []
    for node in lab.nodes {
      let answer = try await lab.output(
        node.name,
        "hostname; systemctl is-system-running; cat /etc/machine-id /proc/sys/kernel/random/boot_id")
      let lines = answer.split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines.prefix(2) == [Substring(node.name), "running"])
      machines.formUnion(lines.suffix(2).map(String.init))
    }
    #expect(machines.count == 8)
    let keys = String(decoding: try readFile(lab.files.knownHosts, limit: 10_000), as: UTF8.self)
      .split(separator: "\n").compactMap { $0.split(separator: " ").last }
    #expect(Set(keys).count == 4)
  }

  @Test func membersFormAClusterAndSparesAreEmpty() async throws {
    let lab = try LabScope.lab
    let members = try await lab.etcdctl("n1", ["member", "list"]).stdout.text.split(separator: "\n")
    #expect(members.count == 3)
    #expect(members.allSatisfy { $0.contains(", started, n") && $0.hasSuffix(", false") })
    #expect(lab.nodes.map(\.service) == ["active", "active", "active", "inactive"])
    #expect(try await lab.output("n1", "systemctl is-enabled etcd") == "enabled")
    #expect(try await lab.ssh("n4", "systemctl is-enabled etcd").stdout.text == "disabled\n")
    #expect(try await lab.output("n4", "ls -A /var/lib/etcd") == "")
  }

  @Test func theClusterTakesAChangeAtOnce() async throws {
    let lab = try LabScope.lab
    let peer = "http://\(try lab.node("n4").address):2380"
    let added = try await lab.etcdctl("n2", ["member", "add", "n4", "--learner", "--peer-urls=\(peer)"])
    #expect(added.isSuccess, "\(added.stderr.text)")
    // "Member 1f2e… added to cluster …"
    let id = try #require(added.stdout.text.split(separator: " ").dropFirst().first)
    #expect(try await lab.etcdctl("n2", ["member", "remove", String(id)]).isSuccess)
  }

  @Test func theServiceStopsAndStarts() async throws {
    let lab = try LabScope.lab
    _ = try await lab.output("n3", "systemctl stop etcd")
    #expect(try await lab.ssh("n3", "systemctl is-active etcd").exit == .status(3))
    #expect(try await lab.etcdctl("n3", ["endpoint", "health"]).isSuccess == false)
    _ = try await lab.output("n3", "systemctl start etcd && systemctl is-active etcd")
    #expect(try await eventually { try await lab.etcdctl("n3", ["endpoint", "health"]).isSuccess })
    #expect(try await lab.output("n3", "journalctl --unit etcd --lines 1 --output cat") != "")
  }

  @Test func aNodeSeesOnlyItsOwnFiles() async throws {
    let lab = try LabScope.lab
    _ = try await lab.output("n1", "echo mine > /etc/belay-lab-file")
    #expect(try await lab.ssh("n2", "cat /etc/belay-lab-file").exit == .status(1))
    #expect(fileKind("/etc/belay-lab-file") == nil)
    for hidden in [lab.directory, try currentDirectory(), "/root/.bashrc"] {
      #expect(try await lab.ssh("n1", "ls -d '\(hidden)'").exit == .status(2), "\(hidden) can be seen")
    }
    #expect(try await lab.output("n1", "env | grep -c BELAY; ip route | wc -l; true") == "0\n1")
  }

  @Test func aNodeReboots() async throws {
    let lab = try LabScope.lab
    let identity = "cat /proc/sys/kernel/random/boot_id /etc/belay-before"
    let before = try await lab.output("n2", "echo kept > /etc/belay-before; \(identity)")
    _ = try await lab.ssh("n2", "systemctl reboot")
    #expect(try await eventually { try await lab.ssh("n2", identity).isSuccess })
    #expect(
      try await eventually {
        let now = try await lab.ssh("n2", identity)
        return now.isSuccess && now.stdout.text != "\(before)\n" && now.stdout.text.hasSuffix("kept\n")
      })
    #expect(try await eventually { try await lab.etcdctl("n2", ["endpoint", "health"]).isSuccess })
  }

  @Test func aCutLinkSilencesOneNode() async throws {
    let lab = try LabScope.lab
    try await lab.fault("n1", .linkDown)
    #expect(try await lab.ssh("n1", "true").exit == .status(255))
    #expect(try await lab.etcdctl("n1", ["endpoint", "health"]).isSuccess == false)
    #expect(try await eventually { try await lab.etcdctl("n2", ["put", "k", "v"]).isSuccess })
    try await lab.fault("n1", .linkUp)
    #expect(try await eventually { try await lab.etcdctl("n1", ["endpoint", "health"]).isSuccess })
  }

  @Test func theServiceFreezesAndDies() async throws {
    let lab = try LabScope.lab
    try await lab.fault("n3", .pauseService)
    #expect(try await lab.output("n3", "systemctl is-active etcd") == "active")
    #expect(try await lab.etcdctl("n3", ["endpoint", "health"]).isSuccess == false)
    try await lab.fault("n3", .resumeService)
    #expect(try await eventually { try await lab.etcdctl("n3", ["endpoint", "health"]).isSuccess })
    let pid = try await lab.output("n3", "systemctl show --property MainPID etcd")
    try await lab.fault("n3", .killService)
    #expect(
      try await eventually {
        let now = try await lab.output("n3", "systemctl show --property MainPID etcd")
        return now != pid && now != "MainPID=0"
      })
    #expect(try await eventually { try await lab.etcdctl("n3", ["endpoint", "health"]).isSuccess })
  }

  @Test func aNodeCanBeDeafToAnother() async throws {
    let lab = try LabScope.lab
    let probe = "timeout 1 bash -c ': < /dev/tcp/\(try lab.node("n4").address)/22'"
    try await lab.fault("n4", .dropFrom("n1"))
    #expect(try await lab.ssh("n1", probe).isSuccess == false)
    #expect(try await lab.ssh("n2", probe).isSuccess)
    try await lab.fault("n4", .acceptAll)
    #expect(try await lab.ssh("n1", probe).isSuccess)
  }

  @Test func aHostLosesItsPowerAndComesBack() async throws {
    let lab = try LabScope.lab
    _ = try await lab.output("n4", "echo kept > /etc/belay-power; sync")
    try await lab.fault("n4", .stopHost)
    #expect(try await lab.condition("n4") == .stopped)
    #expect(try await lab.ssh("n4", "true").exit == .status(255))
    await #expect(throws: LabError.self) { try await lab.fault("n4", .pauseService) }
    try await lab.fault("n4", .startHost)
    #expect(try await lab.output("n4", "cat /etc/belay-power") == "kept")
    await #expect(throws: LabError.self) { try await lab.fault("n4", .startHost) }
  }

  @Test func upAgainChangesNothing() async throws {
    let lab = try LabScope.lab
    var spec = LabSpec(members: 3, spares: 1, directory: lab.directory)
    let again = try await LabControl.up(spec)
    #expect(again.wasAlreadyUp)
    #expect(again.id == lab.id)
    spec.spares = 2
    await #expect(throws: LabError.self) { try await LabControl.up(spec) }
  }

  @Test func theInventoryNamesTheNodes() async throws {
    let lab = try LabScope.lab
    let text = String(decoding: try readFile(lab.files.inventory, limit: 10_000), as: UTF8.self)
    let network = try lab.node("n1").address.split(separator: ".").dropLast().joined(separator: ".")
    #expect(
      text == """
        # Written by `belay lab up`; `belay lab down` removes it.
        ssh:
          user: root
          identity: "\(lab.directory)/id_ed25519"
          known_hosts: "\(lab.directory)/known_hosts"
        clusters:
          lab:
            system: etcd
            nodes:
              n1: { address: \(network).11, state: member }
              n2: { address: \(network).12, state: member }
              n3: { address: \(network).13, state: member }
              n4: { address: \(network).14, state: spare }

        """)
  }

  @Test func unknownNamesAreRefused() async throws {
    let lab = try LabScope.lab
    await #expect(throws: LabError.self) { try await lab.fault("n9", .linkDown) }
    await #expect(throws: LabError.self) { try await lab.fault("n1", .dropFrom("n9")) }
  }
}
