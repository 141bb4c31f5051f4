import Loading
import Model
import Planning
import Platform
import TestSupport
import Testing

/// Guarantee 9: what was approved is what runs.
@Suite struct DigestTests {
  private static let reviewed = EtcdScenario.addNode.changed { $0.hostKeys = ["n1": "ssh-ed25519 AAAA1"] }

  @Test(
    "guarantee 9: anything reviewed that changes, changes the digest and is named",
    arguments: [
      ("input", Self.reviewed.changed { $0.inputs["node"] = "n5" }, "input node was n4 and is n5"),
      (
        "host key", Self.reviewed.changed { $0.hostKeys = ["n1": "ssh-ed25519 AAAA2"] },
        "the recorded host key of n1 has changed: it was ssh-ed25519 AAAA1 and is ssh-ed25519 AAAA2"
      ),
      (
        "lost host key", Self.reviewed.changed { $0.hostKeys = [:] },
        "the recorded host key of n1 has changed: it was ssh-ed25519 AAAA1 and is none"
      ),
      (
        "new host key",
        Self.reviewed.changed { $0.hostKeys = ["n1": "ssh-ed25519 AAAA1", "n2": "ssh-rsa AAAA3"] },
        "the recorded host key of n2 has changed: it was none and is ssh-rsa AAAA3"
      ),
      (
        "inventory value", Self.reviewed.changed { $0.variables = ["client_port": 3379] },
        "the settings of n1 in the inventory have changed: vars.client_port was absent and is 3379"
      ),
      (
        "address", Self.reviewed.changed { $0.addresses = ["n2": "10.9.9.9"] },
        "the address of n2 was 10.0.0.2 and is 10.9.9.9"
      ),
      (
        "member gone", Self.reviewed.changed { $0.voters = ["n1", "n2"] },
        "member is gone or changed: 33aa n3 voter"
      ),
      (
        "member new", Self.reviewed.changed { $0.voters = ["n1", "n2", "n3", "n5"] },
        "member is new or changed: 55aa n5 voter"
      ),
      (
        "member that came back as another", Self.reviewed.changed { $0.memberIDs = ["n2": "beef"] },
        "member is new or changed: beef n2 voter"
      ),
      (
        "a voter that is a learner now",
        Self.reviewed.changed {
          $0.voters = ["n1", "n2"]
          $0.learners = ["n3"]
        }, "member is new or changed: 33aa n3 learner"
      ),
      (
        "another cluster", Self.reviewed.changed { $0.clusterID = "other" },
        "the cluster's id was cdf818194e3a8c32 and is other"
      ),
      (
        "file on the node",
        Self.reviewed.changed {
          $0.environmentFile = .present(content: "x", mode: "644", owner: "root:root")
        }, "a file of step configure has changed on its node: /etc/default/etcd on n4"
      ),
    ] as [(String, EtcdScenario, String)])
  func whatChangesIt(_ name: String, _ scenario: EtcdScenario, _ difference: String) throws {
    let old = try Self.reviewed.plan()
    let fresh = try scenario.plan()
    #expect(try old.digest() != fresh.digest(), "\(name)")
    let differences = old.differences(from: fresh)
    #expect(differences.contains { $0.hasPrefix(difference) }, "\(name): \(differences)")
  }

  @Test(
    "guarantee 9: an edited file changes the digest and is named",
    arguments: [
      "etcd/add-node.yaml", "etcd/system.yaml", "etcd/templates/etcd-node.env",
    ])
  func editedFiles(_ name: String) async throws {
    let scratch = ScratchDirectory()
    let copied = try await Subprocess("cp", ["-r", shippedRunbooks, scratch.path(of: "runbooks")]).run()
    try #require(copied.isSuccess)
    let scenario = Self.reviewed.changed {
      $0.library = RunbookLibrary(directories: [scratch.path(of: "runbooks")])
    }
    let old = try scenario.plan()
    let path = scratch.path(of: "runbooks/\(name)")
    // Not even a comment goes unnoticed.
    _ = try scratch.write(readTextFile(path).text + "\n# edited\n", to: "runbooks/\(name)")
    let fresh = try scenario.plan()
    #expect(try old.digest() != fresh.digest())
    #expect(old.differences(from: fresh).contains("\(path) was edited"))
  }

  @Test(
    "what changes by itself while a cluster lives does not",
    arguments: [
      (
        "leader and term",
        Self.reviewed.changed {
          $0.leader = "n2"
          $0.term = 9
        }
      ),
      ("health", Self.reviewed.changed { $0.unreachable = ["n3"] }),
      ("log", Self.reviewed.changed { $0.indexes = ["n1": 500, "n2": 499] }),
      (
        "log, where the leader is replaced",
        EtcdScenario.replaceNode.changed { $0.indexes = ["n1": 99, "n2": 12] }
      ),
    ])
  func whatDoesNotChangeIt(_ name: String, _ scenario: EtcdScenario) throws {
    var before = Self.reviewed
    if scenario.runbook != before.runbook { before = EtcdScenario.replaceNode }
    #expect(try before.plan().digest() == scenario.plan().digest(), "\(name)")
  }

  @Test func whoIsToLeadInsteadIsAPartOfTheReview() throws {
    let leaving = EtcdScenario.removeNode.changed {
      $0.voters = ["n1", "n2", "n3", "n5"]
      $0.leader = "n3"
    }
    let old = try leaving.plan()
    let fresh = try leaving.changed { $0.unreachable = ["n1"] }.plan()
    #expect(try old.digest() != fresh.digest())
    let differences = old.differences(from: fresh)
    #expect(
      differences.contains { $0.contains("step transfer would run") && $0.contains("22aa") }, "\(differences)"
    )
  }

  @Test func aDecisionThatTurnsOutOtherwiseIsNamed() throws {
    let living = try EtcdScenario.replaceNode.plan()
    let dead = try EtcdScenario.replaceNode.changed { $0.stopped = ["n3"] }.plan()
    #expect(try living.digest() != dead.digest())
    let differences = living.differences(from: dead)
    #expect(differences.contains { $0.contains("step remove_dead") && $0.contains("it runs") })
    #expect(differences.contains { $0.contains("step remove_living") && $0.contains("it is skipped") })
  }

  @Test(
    "a plan survives its file",
    arguments: [
      EtcdScenario.addNode, .removeNode, .replaceNode,
      EtcdScenario.replaceNode.changed { $0.stopped = ["n3"] },
      EtcdScenario.removeNode.changed { $0.unreachable = ["n1", "n2"] },
    ])
  func roundTrip(_ scenario: EtcdScenario) throws {
    let plan = try scenario.plan()
    let read = try Plan.decode(plan.encoded())
    #expect(read == plan)
    #expect(try read.digest() == plan.digest())
    #expect(try read.encoded() == plan.encoded(), "the same plan always gives the same bytes")
    #expect(plan.differences(from: read) == [])
  }

  @Test func damagedPlanFilesAreErrors() throws {
    let bytes = try EtcdScenario.addNode.plan().encoded()
    for length in [0, 1, bytes.count / 2, bytes.count - 1] {
      #expect(throws: (any Error).self) { try Plan.decode(Array(bytes.prefix(length))) }
    }
  }
}
