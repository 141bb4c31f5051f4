import Model
import Planning
import Testing

/// The shipped runbooks on every small cluster: the proof says what it must and refuses nothing that works.
@Suite struct ShippedSafetyTests {
  private static let nodes = ["n1", "n2", "n3", "n4", "n5"]

  private func scenarios(_ voters: Int) -> [EtcdScenario] {
    let names = Array(Self.nodes.prefix(voters))
    var all: [EtcdScenario] = []
    for leader in Set([names[0], names[voters - 1]]).sorted() {
      for down in [nil, names[voters / 2]] where down == nil || leader == names[0] && down != leader {
        let last = names[voters - 1]
        var books = [("etcd/remove-node", ["node": last]), ("etcd/remove-node", ["node": names[0]])]
        if voters < 5 {
          books.append(("etcd/add-node", ["node": "n5"]))
          // The only voter is not replaced: nobody could lead instead.
          if voters > 1 { books.append(("etcd/replace-node", ["old": last, "new": "n5"])) }
        }
        if down == nil { books.append(("etcd/rolling-restart", [:])) }
        for (book, inputs) in books {
          all.append(
            EtcdScenario(book, inputs).changed {
              $0.voters = names
              $0.leader = leader
              $0.unreachable = down.map { [$0] } ?? []
              if voters == 1 { $0.failures["heir"] = "nobody can lead instead" }
            })
        }
      }
    }
    return all
  }

  @Test("guarantee 8: the way back of no shipped runbook is refused", arguments: 1...5)
  func nothingThatWorksIsRefused(_ voters: Int) throws {
    for scenario in scenarios(voters) {
      let plan = try scenario.plan()
      let own = plan.refusals.filter {
        $0.reason.hasPrefix("it cannot be undone") || $0.reason.hasPrefix("nothing")
      }
      #expect(own == [], "\(scenario.runbook) \(scenario.inputs) \(scenario.leader) \(scenario.unreachable)")
      #expect(plan.safety?.isComplete == true)
      #expect((plan.safety?.concerns.count ?? 0) < 8, "more than a tired person reads")
    }
  }

  @Test func everyActOfTheShippedRunbooksIsCovered() throws {
    for scenario in scenarios(3) {
      let plan = try scenario.plan()
      let acts = plan.steps.filter { $0.role == .act && !$0.isSkipped }.map(\.id)
      #expect(plan.safety?.coverage.map(\.step) == acts)
    }
  }
}
