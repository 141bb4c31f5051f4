import TestSupport
import Model
import Lab
import Platform
import Testing

/// What a user gets wrong before any node is asked. Needs no lab and no root.
@Suite struct CommandLineTests {
  private func program(_ inventory: String? = sample) throws -> BelayProgram {
    var belay = try BelayProgram()
    if let inventory { belay.inventory = try belay.scratch.write(inventory, to: "my.yaml") }
    return belay
  }

  private static let sample = """
    clusters:
      lab:
        system: etcd
        nodes:
          n1: { address: 127.0.0.1, state: member }
          n2: { address: 127.0.0.2, state: spare }

    """

  @Test(arguments: [
    (["ad-node", "n4"], "did you mean \"add-node\""),
    (["plan", "add-node", "n2", "--yess"], "knows no flag --yess"),
    (["lab", "sideways"], "usage: belay lab up|down|status"), (["show"], "needs one run"),
    (["apply"], "needs one plan file"),
    (["show", "last"], "no run is recorded"), (["resume", "2026"], "no run is called"),
    (["journal", "verify"], "usage: belay journal verify"),
    (["add-node", "n2", "n1", "n3"], "takes 1 nodes"), (["add-node"], "needs node"),
    (["add-node", "n2", "--set", "patience=soon"], "a duration such as"),
    (["add-node", "n2", "--set", "patiense=1s"], "did you mean \"patience\""),
    (["plan", "add-node", "n2", "--forks", "many"], "takes a whole number"),
  ])
  func aWrongCommandLineIsTold(words: [String], text: String) async throws {
    let result = try await program().run(words)
    #expect(result.exit == 2, "\(result)")
    #expect(result.err.contains(text), "\(result)")
    #expect(result.out.isEmpty, "\(result)")
  }

  @Test func noCommandShowsWhatThereIs() async throws {
    let result = try await program().run([])
    #expect(result.exit == 2 && result.says("usage: belay COMMAND"))
    #expect(try await program().run("help").exit == 0)
    #expect(try await program().run("version").out.hasPrefix("belay "))
  }

  @Test(arguments: [
    ("", "empty"), ("\u{0}\u{1}\u{2}\u{fffd}ELF\u{0}", "binary"), ("clusters: [", "my.yaml:"),
    (
      "clusters:\n  lab: { system: nosuch, nodes: { n1: { address: 127.0.0.1, state: member } } }\n", "nosuch"
    ),
  ])
  func aBrokenInventoryIsInvalid(content: String, text: String) async throws {
    let result = try await program(content).run("plan", "etcd/add-node", "n1")
    #expect(result.exit == 3, "\(result)")
    #expect(result.err.lowercased().contains(text), "\(result)")
  }

  @Test func aMissingInventoryIsNamed() async throws {
    var belay = try program(nil)
    let none = try await belay.run("add-node", "n4", "--yes")
    #expect(none.exit == 2 || none.exit == 3, "\(none)")
    #expect(none.says("belay lab up"), "\(none)")
    belay.inventory = "/no/such/inventory.yaml"
    let named = try await belay.run("add-node", "n4", "--yes")
    #expect(named.exit == 3 && named.says("/no/such/inventory.yaml"), "\(named)")
  }

  @Test(
    "A step about nodes needs a cluster, wherever it stands",
    arguments: [
      "  all:\n    for: { member: members }\n    steps: { a: { diagnose: a, at: \"${member}\", run: 'true' } }\n",
      "  all:\n    use: etcd/called\n",
      "  a: { diagnose: a, at: members, run: 'true' }\n",
    ])
  func nodesNeedACluster(steps: String) async throws {
    let belay = try program(nil)
    func runbook(_ name: String, _ steps: String) throws -> String {
      try belay.scratch.write(
        "runbook: etcd/\(name)\nsummary: s\nsteps:\n\(steps)", to: "runbooks/etcd/\(name).yaml")
    }
    _ = try runbook("called", "  a: { diagnose: a, at: leader, run: 'true' }\n")
    let result = try await belay.run("run", try runbook("outer", steps))
    #expect(result.exit == 3 && result.says("etcd/outer needs a cluster"), "\(result)")
  }

  @Test func anUnknownNodeIsInvalid() async throws {
    let result = try await program().run("add-node", "n22", "--yes")
    #expect(result.exit == 3 && result.says("did you mean \"n2\""), "\(result)")
  }

  @Test func nobodyAnswersIsUnreachable() async throws {
    let belay = try program(Self.sample.replacing("clusters:", with: "ssh: { port: 9 }\nclusters:"))
    let result = try await belay.run("add-node", "n2", "--yes")
    #expect(result.exit == 10 && result.says("nothing was touched"), "\(result)")
    #expect(belay.journalCount() == 0)
  }

  /// All of them in one go, each with its place.
  @Test func tenMistakesInARunbookAreAllShown() async throws {
    let belay = try program()
    _ = try belay.scratch.write(
      """
      runbook: etcd/broken
      sumary: A misspelt key
      verb: break-node
      inputs:
        node: { type: nod, help: an unknown type }
        node: { type: node, help: a key given twice }
      steps:
        first:
          act: It cannot be undone and does not say why
          at: ${nod}
          run: systemctl stop etcd
        second:
          diagnose: An unknown parser
          at: members
          run: etcdctl member list
          parse: jsn
        third:
          verify: A query with a hole
          expect: $cluster.healthy and
          within: soon
        fourth:
          diagnose: It needs what is not there
          needs: [fift]
          at: leader
          run: echo '${node.name}'
        sixth:
          act: An unknown effect
          at: leader
          effect: { explode: "${node}" }
          run: "true"
          rollback: none

      """, to: "runbooks/etcd/broken.yaml")
    let result = try await belay.run("check", "etcd/broken")
    #expect(result.exit == 3, "\(result)")
    let places = result.err.split(separator: "\n").filter { $0.contains("broken.yaml:") }
    #expect(Set(places).count >= 10, "\(places.count) places: \(result.err)")
    for text in ["sumary", "summary", "nod", "jsn", "fift", "explode", "soon"] {
      #expect(result.err.contains(text), "\(text): \(result.err)")
    }
    let run = try await belay.run("run", "etcd/broken", "n2", "--yes")
    #expect(run.exit == 3, "\(run)")
    #expect(belay.journalCount() == 0)
    // One bad runbook does not keep the others from their work.
    #expect(try await belay.run("plan", "add-node", "n2", "--timeout", "1s").exit == 10)
  }

  @Test(arguments: ["", "\u{7f}ELF\u{0}\u{0}", "- a\n- list\n"])
  func aRunbookThatIsNoneIsInvalid(content: String) async throws {
    let belay = try program()
    let path = try belay.scratch.write(content, to: "odd.yaml")
    let result = try await belay.run("run", path, "--yes")
    #expect(result.exit == 3 && result.err.contains("odd.yaml"), "\(result)")
  }
}
