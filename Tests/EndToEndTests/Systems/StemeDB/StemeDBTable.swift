/// What StemeDB's runbooks change. Nobody leads; n1 to n3 are members, n5 balances load.
enum StemeDBTable {
  private static let fourth = ["--override", "four_nodes", "--because", "a test"]

  static let members: [Procedure] = [
    Procedure(
      runbook: "stemedb/add-node",
      command: ["add-node", "n4", "--set", "probe=false", "--set", "settle=4s"] + fourth,
      wayBack: .rehearsed("sync"),
      faults: [
        ProcedureFault(
          what: "nobody has said why there are to be four", command: ["add-node", "n4"], exit: 4,
          says: ["four_nodes: StemeDB supports three nodes"]),
        ProcedureFault(
          what: "there is data of another membership",
          trouble: [.run("mkdir -p /data/db; touch /data/db/x", on: "n4", cure: "rm -r /data/db")], exit: 4,
          says: ["there is data in /data/db"]),
        ProcedureFault(
          what: "the copies do not come", trouble: [.standIn("copy-rate 0")], more: ["--set", "patience=3s"],
          exit: 5, says: ["FAILED works.counts"]),
        ProcedureFault(
          what: "SSH drops in the midst of the start, gossip is slow, and in doubt for a while",
          trouble: [.standIn("gossip-slow 1"), .standIn("flap node4 3"), .dropped("n4")],
          once: "act    join", more: ["--set", "settle=20s"], exit: 0, says: ["every verification passed"],
          unchanged: false),
      ]),
    Procedure(
      runbook: "stemedb/replace-node",
      command: ["replace-node", "n2", "--with", "n4", "--set", "probe=false", "--set", "settle=4s"],
      prepare: [.dead("n2")],
      wayBack: .irreversible(because: "its shards have moved"),
      faults: [
        ProcedureFault(
          what: "the new one has data of another membership",
          trouble: [.run("mkdir -p /data/db; touch /data/db/x", on: "n4", cure: "rm -r /data/db")], exit: 4,
          says: ["there is data in /data/db"], calls: ["/admin/cluster/remove": 0]),
        ProcedureFault(
          what: "the new one crashes once it has joined: it is taken out again, the old one stays owed",
          trouble: [.standIn("crash node4 1")], exit: 6, says: ["leave.remove cannot be undone"],
          unchanged: false),
      ]),
    Procedure(
      runbook: "stemedb/remove-node", command: ["remove-node", "n3", "--set", "patience=3s"],
      wayBack: .irreversible(because: "its shards have moved"),
      faults: [
        ProcedureFault(
          what: "another member does not hear one of them",
          trouble: [
            .deaf("n2", to: "n1"), .run("sleep 2.5", on: "n1"),
          ], exit: 4, says: ["others_serve"], calls: ["/admin/cluster/remove": 0]),
        ProcedureFault(
          what: "the server answers that it cannot, and does it all the same",
          trouble: [.standIn("answer node1 /admin/cluster/remove 500")], exit: 6,
          says: ["FAILED leave.remove", "missing: node3 n3"], unchanged: false),
        ProcedureFault(
          what: "it cannot be reached, and somebody says that it is not off for good",
          trouble: [.unreachable("n3")], more: ["--timeout", "1s", "--deny", "for_good"], exit: 4,
          says: ["Is it switched off for good?"], unchanged: false, calls: ["/admin/cluster/remove": 0]),
        ProcedureFault(
          what: "SSH drops in the midst of the removal", trouble: [.dropped("n1")],
          once: "act    leave.remove", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["/admin/cluster/remove": 1]),
      ]),
    Procedure(
      runbook: "stemedb/leave",
      command: ["run", "stemedb/leave", "--set", "node=n3", "--set", "patience=2s"],
      wayBack: .irreversible(because: "its shards have moved"),
      faults: [
        ProcedureFault(
          what: "it has the only copy of a shard", trouble: [.standIn("sole-copy node3")], exit: 4,
          says: ["sole_copy: n3 may hold the only copy", "1 shards have no other copy"], unchanged: false,
          calls: ["/admin/cluster/remove": 0]),
        ProcedureFault(
          what: "it drains and drains, and nobody wants to wait longer", trouble: [.standIn("drain-stuck")],
          more: ["--deny", "ask"], exit: 5, says: ["did not approve"], unchanged: false,
          calls: ["/admin/cluster/remove": 1]),
        ProcedureFault(
          what: "belay is killed in the midst", once: "act    remove", killed: true, exit: 0,
          says: ["every verification passed"], unchanged: false),
      ]),
    Procedure(
      runbook: "stemedb/force-remove",
      command: ["force-remove", "n3", "--confirm", "lose what only n3 holds"],
      wayBack: .irreversible(because: "what only it held is gone"),
      faults: [
        ProcedureFault(
          what: "nobody has said what is lost", command: ["force-remove", "n3"], exit: 4,
          says: ["lose what only n3 holds"], calls: ["/admin/cluster/remove": 0]),
        ProcedureFault(
          what: "another member answers with a page of a proxy",
          trouble: [.standIn("answer node2 /cluster/members html")], exit: 4, says: ["others_serve"],
          calls: ["/admin/cluster/remove": 0]),
        ProcedureFault(
          what: "SSH drops in the midst", trouble: [.dropped("n1")], once: "act    remove", exit: 0,
          says: ["every verification passed"], unchanged: false),
      ]),
  ]

  static let data: [Procedure] = [
    Procedure(
      runbook: "stemedb/validate", command: ["validate", "n2", "--set", "patience=3s", "--set", "settle=9s"],
      wayBack: .irreversible(because: "assertions are never taken back"),
      faults: [
        ProcedureFault(
          what: "nobody tells how far the replicas are behind", trouble: [.standIn("metrics absent")],
          exit: 4,
          says: ["lag"]),
        ProcedureFault(
          what: "gossip is in doubt for a while", trouble: [.standIn("flap node2 4")], exit: 0,
          says: ["every verification passed"], unchanged: false),
      ]),
    Procedure(
      runbook: "stemedb/install", command: ["run", "stemedb/install", "--set", "node=n4"],
      wayBack: .rehearsed("directories"),
      faults: [
        ProcedureFault(
          what: "what is offered is not what the members run",
          trouble: [
            .run(
              "cp -r /srv/standin/releases /var/tmp/kept; echo x >> /srv/standin/releases/v0.1.0/stemedb-api",
              on: "n4", cure: "cp -r /var/tmp/kept/. /srv/standin/releases/; rm -r /var/tmp/kept")
          ], exit: 5, says: ["FAILED fetch", "what was fetched is not what the members run"]),
        ProcedureFault(
          what: "there is no room for its directories",
          trouble: [
            .run("mount -t tmpfs -o nr_inodes=2 tmpfs /data", on: "n4", cure: "umount /data")
          ], exit: 5, says: ["FAILED directories", "No space left"]),
      ]),
    Procedure(
      runbook: "stemedb/rebalance", command: ["rebalance", "n3", "--set", "patience=2"],
      prepare: [.standIn("placement shares node3")],
      wayBack: .rehearsed("from.n2.move"),
      faults: [
        ProcedureFault(
          what: "the first shard does not move: no further one is touched", trouble: [.standIn("shard-fail")],
          exit: 5, says: ["FAILED from.n1.move", "did not move: failed"], calls: ["/shards/rebalance": 1]),
        ProcedureFault(
          what: "a shard neither arrives nor fails", trouble: [.standIn("shard-stuck")], exit: 6,
          says: ["did not move: moving", "is still on its way"], unchanged: false,
          calls: ["/shards/rebalance": 1]),
      ]),
  ]

  /// The newer routes. That a member which lives is replaced, and how, is shown here.
  static let actual: [Procedure] = [
    Procedure(
      runbook: "stemedb/add-node", command: ["add-node", "n4", "--set", "probe=false"] + fourth,
      wayBack: .rehearsed("sync"),
      faults: []),
    Procedure(
      runbook: "stemedb/replace-node",
      command: ["replace-node", "n2", "--with", "n4", "--set", "probe=false"],
      wayBack: .irreversible(because: "its shards have moved"),
      faults: [
        ProcedureFault(
          what: "SSH to the old one drops while it is stopped", trouble: [.dropped("n2")],
          once: "act    leave.quiet", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["POST /v1/admin/cluster/remove": 1, "POST /v1/admin/sync": 1])
      ]),
    Procedure(
      runbook: "stemedb/rebalance", command: ["rebalance", "n3", "--set", "patience=2"],
      prepare: [.standIn("placement shares node3")],
      wayBack: .rehearsed("from.n2.move"),
      faults: [
        ProcedureFault(
          what: "SSH drops in the midst of a move", trouble: [.dropped("n1")], once: "act    from.n1.move",
          exit: 0, says: ["every verification passed"], unchanged: false, calls: ["POST /v1/shards/": 4])
      ]),
  ]
}

extension Trouble {
  /// Killed, and taken for dead by the others.
  static func dead(_ node: String) -> Trouble {
    run("systemctl kill --signal=KILL stemedb-api; sleep 2.5", on: node, cure: "systemctl start stemedb-api")
  }
}
