import Loading
import Model
import TestSupport

/// Every shipped runbook that acts, with what it needs to be played. One that cannot be played would be named here with the
/// reason: today there is none.
struct ShippedCast {
  private(set) var carried: [ShippedRunbook] = []
  /// What runbooks copy from the controller is really read.
  private let desk = ScratchDirectory(inMemory: true)

  init() throws {
    let owners =
      ["placement-driver"] + (1...5).flatMap { ["chainfire-node-\($0)", "flaredb-series-\($0)"] }
    for name in owners.flatMap({ ["\($0).crt", "\($0).key"] }) + ["ca.crt", "ca-bundle.crt"] {
      _ = try desk.write("\(name)\n", to: "certs/\(name)")
    }
    let systems = SystemCache()
    for entry in ShippedRunbook.library.entries() {
      let loaded = ShippedRunbook.library.loadRunbook(entry, systems: systems)
      guard let runbook = loaded.value?.runbook else { throw Scenario.Unfit(why: "\(loaded.diagnostics)") }
      guard Self.acts(runbook.steps) else { continue }
      let parts = Self.parts[entry.name.rawValue] ?? [Part()]
      for part in Campaign.isSoak ? parts[...] : parts.prefix(1) {
        carried.append(ShippedRunbook(entry.name, part, certs: desk.path(of: "certs"), systems: systems))
      }
    }
  }

  private static func acts(_ steps: [Step]) -> Bool {
    steps.contains { step in
      switch step.body {
      case .loop(let loop): acts(loop.steps)
      case .call(let call): acts(call.runbook.steps)
      case .run, .file, .own, .query: step.role == .act
      }
    }
  }

  /// What a runbook is played with, where that does not follow from its inputs' types and the example inventory.
  struct Part {
    /// Inputs, as on the command line.
    var with: [String: String] = [:]
    /// Of its inventory; the first one unless it is said.
    var cluster: String?
    /// Spare nodes that are members here, and members that are spare.
    var joined: [String] = []
    var outside: [String] = []
    /// Expectations of a cluster that is not well, which the simulated one is: `runbook:step`.
    var granted: [String] = []
  }

  private static let parts: [String: [Part]] = [
    "chainfire/add-node": ["learner-first", "voter", "learner-only"].map { Part(with: ["way": $0]) },
    "chainfire/remove-node": ["config-1", "config-3"].map { Part(with: ["node": $0]) },
    "chainfire/rotate-certs": ["same", "new"].map { Part(with: ["authority": $0]) },
    "chainfire/split-brain": [
      Part(
        with: ["keep": "config-3", "losers": "config-1,config-2"], granted: ["chainfire/split-brain:split"])
    ],
    "chainfire/tune": ["write", "disk"].map { Part(with: ["profile": $0]) },
    "etcd/move-leader": [Part(with: ["node": "orders-1"])],
    "etcd/remove-node": ["orders-1", "orders-3"].map { Part(with: ["node": $0]) },
    "etcd/replace-node": ["orders-1", "orders-3"].map { Part(with: ["old": $0]) },
    "flaredb/mend-registration": ["network", "settings", "duplicate-id", "tls"].map {
      Part(with: ["node": "series-4", "cause": $0], granted: ["flaredb/mend-registration:registered"])
    },
    "flaredb/reissue-certs": [Part(granted: ["flaredb/reissue-certs:broken"])],
    "flaredb/remove-node": [Part(with: ["node": "series-3"], joined: ["series-4"])],
    "flaredb/rotate-certs": ["same", "new"].map { Part(with: ["authority": $0]) },
    "flaredb/tune": ["ingest", "slow-disk"].map { Part(with: ["profile": $0]) },
    "ledger/force-remove": [Part(granted: ["ledger/force-remove:dead"])],
    "ledger/k8s-scale-in": [
      Part(with: ["leaving": "pod-4,pod-3"], cluster: "pods", joined: ["pod-3", "pod-4"])
    ],
    "ledger/k8s-scale-out": [Part(cluster: "pods")],
    "ledger/remove-node": [Part(with: ["node": "blocks-3"], joined: ["blocks-4"])],
    "ledger/scale-in": [Part(with: ["leaving": "blocks-5,blocks-4"], joined: ["blocks-4", "blocks-5"])],
    "ledger/split-brain": [
      Part(
        with: ["survivor": "blocks-3", "others": "blocks-1,blocks-2"],
        granted: ["ledger/split-brain:split", "ledger/split-brain:alone"])
    ],
    "ledger/transfer-leadership": [Part(with: ["node": "blocks-1"])],
    "stemedb/add-node": [Part(outside: ["claims-3"])],
    "stemedb/bootstrap": [
      Part(
        with: ["first": "claims-1", "second": "claims-2", "third": "claims-3"],
        outside: ["claims-2", "claims-3"], granted: ["stemedb/bootstrap:alone", "stemedb/bootstrap:formed"])
    ],
    "stemedb/firewall": [Part(with: ["group": "sg-0a1", "balancer_group": "sg-0b2"])],
    "stemedb/load-balancer": ["nginx", "envoy"].map { Part(with: ["balancer": "claims-lb", "kind": $0]) },
    "stemedb/provision": [
      Part(with: ["name": "claims-5", "image": "ami-0a1", "subnet": "subnet-0a1", "group": "sg-0a1"])
    ],
    "stemedb/replace-node": [Part(with: ["new": "claims-4"])],
  ]
}
