import Loading
import Model
import Planning
import Report
import Testing

/// Acts that bring their own undo, planned on what was seen of their nodes.
@Suite struct OwnActPlanTests {
  private static let text = """
    runbook: etcd/own
    summary: Acts that undo themselves.
    inputs:
      node: { type: node }
      level: { type: int, default: 3 }
    steps:
      tune:
        act: Tune it
        at: ${node}
        file: { path: /etc/x.toml, set: { log.level: "${level}", name: "${node.name}" }, remove: [old] }
      more:
        act: Tune it more
        at: ${node}
        file: { path: /etc/x.toml, set: { log.level: 4 } }
      stop:
        act: Stop it
        needs: []
        at: ${node}
        effect: { stop: "${node}" }
        service: { name: etcd, state: stopped, enabled: false }
      back:
        act: Start it again
        needs: [stop, wipe]
        at: ${node}
        effect: { start: "${node}" }
        service: { name: etcd, state: started }
        rollback: { covered-by: stop }
      noop:
        act: See that it is started
        needs: []
        at: n1
        service: { name: etcd, state: started }
      key:
        act: Hand out the key
        needs: []
        at: ${node}
        copy: { from: /srv/key, path: /etc/etcd/key, mode: "0600" }
      aside:
        act: Put the logs aside
        needs: []
        at: ${node}
        move-aside: { path: /var/log/etcd, missing: ok }
      wipe:
        act: Empty the data
        needs: [stop]
        at: ${node}
        wipe: { path: /var/lib/etcd/default, service: etcd, archive: /var/backups }
      scratch:
        act: Empty the data for good
        needs: [stop]
        at: ${node}
        wipe: { path: /var/lib/etcd/snap, service: etcd, archive: none, because: it is made again from the leader }
    """

  private struct Seen {
    var toml: PreviousFile = .present(
      content: "# tuned by hand\nold = true\n[log]\nlevel = 2 # noisy\n", mode: "640", owner: "root:root")
    var status = ServiceStatus(load: "loaded", active: "active", enabled: "enabled")
    var key = SightResult.local(FileDigest(sha256: String(repeating: "ab", count: 32), size: 241))
    var oldKey = PathSight.absent
    var logs = PathSight.directory(mode: "755", owner: "etcd:etcd")
    var data = PathSight.directory(mode: "700", owner: "etcd:etcd")
    var text = OwnActPlanTests.text
  }

  private func plan(_ change: (inout Seen) -> Void = { _ in }) throws -> Plan {
    var seen = Seen()
    change(&seen)
    let node = NodeName("n3")
    let observation = EtcdScenario.addNode.observation()
    let place = SourceLocation(file: "inventory.yaml", line: 1, column: 1)
    let cluster = Cluster(
      name: ClusterName("demo"), system: Located(SystemName("etcd"), at: place),
      nodes: ["n1", "n2", "n3"].map {
        Node(
          name: NodeName($0), address: "10.0.0.\($0.dropFirst())", state: .member, ssh: SSHSettings(),
          variables: [:], location: place)
      }, location: place)
    let library = RunbookLibrary(directories: [shippedRunbooks])
    let system = library.loadSystem(SystemName("etcd")).value
    let loaded = loadRunbook(
      SourceFile(path: "own.yaml", text: seen.text), name: RunbookName("etcd/own"),
      templates: { name throws(FileProblem) in throw FileProblem("no-such-template", name) },
      context: RunbookContext(system: system, clusters: [cluster]))
    let runbook = try #require(loaded.value)
    #expect(loaded.diagnostics == [])
    let planner = Planner(
      runbook: runbook, cluster: cluster, system: system,
      inputs: ["node": .node(node), "level": .value(.number(3))],
      origin: Plan.Origin(runbook: "own.yaml", inventories: []), sources: [:])
    func at(_ path: String) -> FilePlace { FilePlace(node: node, path: path) }
    return try planner.plan(
      PlanningFacts(
        observation: observation, files: [at("/etc/x.toml"): seen.toml],
        sights: [
          .service(node, "etcd"): .service(seen.status),
          .service(NodeName("n1"), "etcd"): .service(seen.status),
          .local("/srv/key"): seen.key, .path(at("/etc/etcd/key")): .path(seen.oldKey),
          .path(at("/var/log/etcd")): .path(seen.logs),
          .exactPath(at("/var/lib/etcd/default")): .path(seen.data),
          .exactPath(at("/var/lib/etcd/snap")): .path(seen.data),
        ]))
  }

  @Test func asAPersonReviewsThem() throws {
    let plan = try plan()
    #expect(plan.isApplicable, "\(plan.refusals)")
    let text = PlanForms(plan).text
    try expectGolden(text, "own-undo-acts")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    func reasons(_ change: (inout Seen) -> Void) throws -> [String] {
      try plan(change).refusals.map(\.reason)
    }
    #expect(
      try reasons { $0.toml = .absent }.contains(
        "n3: /etc/x.toml is not there; `create: true` would begin it"))
    #expect(try reasons { $0.toml = .unknown }.contains { $0.contains("could not be read") })
    #expect(
      try reasons { $0.toml = .present(content: "a = 1\nb =\n", mode: "644", owner: "x:x") }
        .contains("n3: /etc/x.toml:2:4: a value must stand here"))
    #expect(try reasons { $0.status.load = "not-found" }.contains("n1: systemd knows no etcd"))
    #expect(try reasons { $0.key = .failed(reason: "cannot read /srv/key") }.contains("cannot read /srv/key"))
    #expect(try reasons { $0.oldKey = .link }.contains { $0.contains("symbolic link") })
    #expect(try reasons { $0.data = .link }.contains { $0.contains("symbolic link") })
    let alone = { (seen: inout Seen) in
      seen.text = seen.text.replacing("needs: [stop]", with: "needs: []")
    }
    let early = try reasons(alone)
    #expect(early.contains("n3: etcd is active, and its data is not wiped while it may be used"))
    #expect(early.contains("n3: it is a member of the cluster, and a member's data is not wiped"))
  }

  @Test func aFileThatIsNotThereIsBegunWhenAsked() throws {
    let plan = try plan {
      $0.toml = .absent
      $0.text = $0.text.replacing("path: /etc/x.toml,", with: "path: /etc/x.toml, create: true,")
    }
    #expect(plan.isApplicable, "\(plan.refusals)")
    guard case .file(let file)? = plan.step(StepID("tune"))?.tasks.first?.work else { return }
    #expect(file.content == "name = \"n3\"\n\n[log]\nlevel = 3\n")
  }

  @Test func aLongFileIsShownWhereItChanges() throws {
    let lines = (1...100).map { "# line \($0)\n" }.joined()
    let plan = try plan {
      $0.toml = .present(content: lines + "[log]\nlevel = 2\n" + lines, mode: "644", owner: "x:x")
    }
    let text = PlanForms(plan).text
    #expect(
      text.contains("lines stay as they are\n") && text.contains("+ level = 3")
        && text.contains("# line 98\n"))
    #expect(!text.contains("# line 50\n"))
  }

  @Test(arguments: [
    "/etc", "/var/lib/etcd/../x", "/var/lib/etcd/*", "/var/lib/etcdx", "/var/lib", "var/lib/etcd",
    "/var/lib//etcd",
    "/var/lib/etcd/",
  ])
  func onlyExactAllowedPathsAreWiped(_ path: String) throws {
    #expect(throws: DiagnosticList.self) {
      try plan { $0.text = $0.text.replacing("/var/lib/etcd/default", with: "\"\(path)\"") }
    }
  }

  @Test("guarantee 9: what such acts were planned on is part of the digest")
  func digests() throws {
    let old = try plan()
    let changes: [((inout Seen) -> Void, String)] = [
      ({ $0.status.active = "inactive" }, "the service etcd of step stop is not in the state that it was in"),
      (
        { $0.key = .local(FileDigest(sha256: "00", size: 1)) }, "/srv/key, which step key copies, has changed"
      ),
      (
        { $0.oldKey = .directory(mode: "755", owner: "x:x") },
        "/etc/etcd/key of step key has changed on its node"
      ),
      ({ $0.logs = .absent }, "/var/log/etcd of step aside has changed on its node"),
      (
        { $0.toml = .present(content: "old = 1\n", mode: "640", owner: "root:root") },
        "a file of step tune has changed on its node"
      ),
    ]
    for (change, difference) in changes {
      let fresh = try plan(change)
      #expect(try old.digest() != fresh.digest())
      let differences = old.differences(from: fresh)
      #expect(differences.contains { $0.hasPrefix(difference) }, "\(differences)")
    }
    #expect(try Plan.decode(old.encoded()) == old)
  }
}
