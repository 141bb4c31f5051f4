extension LedgerTable {
  /// Once the rehearsal is over {follower} leads: the first of the others is asked to.
  static let leadership: [Procedure] = [
    Procedure(
      runbook: "ledger/transfer-leadership", command: ["transfer-leadership", "{leader}"],
      wayBack: .rehearsed("move.transfer"),
      faults: [
        ProcedureFault(
          what: "too few of the others serve to elect another leader", trouble: [.stopped("{other}")],
          command: ["transfer-leadership", "{follower}"], exit: 4,
          says: ["too few voters serve to elect another leader"], calls: ["TransferLeadership": 0]),
        ProcedureFault(
          what: "the server knows no such request, and an election does it",
          trouble: [.standIn("no-transfer")], command: ["transfer-leadership", "{follower}"], exit: 0,
          says: ["every verification passed"], calls: ["TransferLeadership": 1]),
      ]),
    Procedure(
      runbook: "ledger/hand-over",
      command: ["run", "ledger/hand-over", "--set", "node={leader}", "--set", "leaving={leader}"],
      wayBack: .rehearsed("transfer"),
      faults: [
        ProcedureFault(
          what: "all that could lead are to leave",
          command: ["run", "ledger/hand-over", "--set", "node={follower}", "--set", "leaving=n1,n2,n3"],
          exit: 4, says: ["heir"], calls: ["TransferLeadership": 0]),
        ProcedureFault(
          what: "SSH to the leader drops in the midst", trouble: [.dropped("{follower}")],
          once: "act    transfer",
          command: ["run", "ledger/hand-over", "--set", "node={follower}", "--set", "leaving={follower}"],
          exit: 0, says: ["every verification passed"], calls: ["TransferLeadership": 1]),
      ]),
  ]

  /// Several at once, one after the other: what has joined or left before the fault goes the same way back.
  static let scale: [Procedure] = [
    Procedure(
      runbook: "ledger/scale-out",
      command: ["scale-out", "n4,n5", "--set", "settle=0s", "--set", "patience=4s"],
      wayBack: .rehearsed("one.n5.node.keep"),
      faults: [
        ProcedureFault(
          what: "the number of voters would be even", command: ["scale-out", "n4"], exit: 4,
          says: ["% 2 == 1"], calls: ["JoinCluster": 0]),
        ProcedureFault(
          what: "the log of the second one does not grow", trouble: [.standIn("stuck n5")], exit: 5,
          says: ["FAILED one.n5.node.caught_up"], calls: ["JoinCluster": 2, "LeaveCluster": 2]),
        ProcedureFault(
          what: "SSH to the leader drops while the second one joins", trouble: [.dropped("{leader}")],
          once: "act    one.n5.node.join", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["JoinCluster": 2]),
      ]),
    Procedure(
      runbook: "ledger/scale-in",
      command: ["scale-in", "n4,n5", "--approve", "calm", "--set", "settle=0s"],
      prepare: [.belay("scale-out", "n4,n5", "--set", "settle=0s")],
      wayBack: .rehearsed("one.n5.aside"),
      faults: [
        ProcedureFault(
          what: "another member is down", trouble: [.stopped("{other}")], exit: 4,
          says: ["Every member serves"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "nobody says that no migration is under way",
          command: ["scale-in", "n4,n5", "--set", "settle=0s", "--deny", "calm"], exit: 4,
          says: ["Is no migration and no recovery under way?"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "the server says that it did, and did not", trouble: [.standIn("false-success")], exit: 5,
          says: ["FAILED one.n4.member.leave", "still lists it, and answered:"], calls: ["LeaveCluster": 2]),
      ]),
  ]

  /// As the server is: who does not lead redirects with exit status 0, a node that joins votes at once.
  static let actual: [Procedure] = [
    Procedure(
      runbook: "ledger/replace-node",
      command: ["replace-node", "{follower}", "--with", "n4", "--set", "settle=0s", "--set", "patience=3s"],
      wayBack: .rehearsed("aside"),
      faults: [
        ProcedureFault(
          what: "the new one crashes once it has joined", trouble: [.standIn("crash n4")], exit: 5,
          says: ["FAILED"], calls: ["JoinCluster": 1, "LeaveCluster": 1]),
        ProcedureFault(
          what: "leadership goes to the one that leaves, and it does not lead for long",
          trouble: [.standIn("move-leader {follower}")], once: "act    remove_living.leave", exit: 0,
          says: ["every verification passed"], unchanged: false, calls: ["JoinCluster": 1]),
        ProcedureFault(
          what: "SSH to the old one drops while it is stopped", trouble: [.dropped("{follower}")],
          once: "act    remove_living.stop", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["JoinCluster": 1, "LeaveCluster": 1]),
      ]),
    Procedure(
      runbook: "ledger/split-brain", command: ["split-brain", "n1", "n2,n3", "--approve", "sure"],
      prepare: [.standIn("two-leaders n1 n2 n3")],
      wayBack: .irreversible(because: "what the others wrote is lost"),
      faults: [
        ProcedureFault(
          what: "the version resumes the old cluster with --single", exit: 4,
          says: ["resumes the old cluster with --single"])
      ]),
  ]

  /// Through kubectl: what a pod leaves in its volume is no part of the state.
  static let kubernetes: [Procedure] = [
    Procedure(
      runbook: "ledger/k8s-scale-out", command: ["k8s-scale-out", "n4,n5"], wayBack: .rehearsed("release"),
      faults: [
        ProcedureFault(
          what: "another pod would start than the one that was meant", command: ["k8s-scale-out", "n5,n4"],
          exit: 4, says: ["the output was \"3\""], calls: ["kubectl scale": 0]),
        ProcedureFault(
          what: "the server says that it did, and did not", trouble: [.standIn("false-success")], exit: 5,
          says: ["FAILED one.n4.join", "does not list it"], calls: ["LeaveCluster": 0]),
      ]),
    Procedure(
      runbook: "ledger/k8s-scale-in",
      command: ["k8s-scale-in", "n5,n4", "--approve", "calm", "--set", "settle=0s"],
      prepare: [.belay("k8s-scale-out", "n4,n5")], wayBack: .rehearsed("release"),
      faults: [
        ProcedureFault(
          what: "another pod would stop than the one that was meant",
          command: ["k8s-scale-in", "n4,n5", "--approve", "calm"], exit: 4, says: ["the output was \"5\""],
          calls: ["kubectl scale": 0]),
        ProcedureFault(
          what: "the server says that it did, and did not", trouble: [.standIn("false-success")], exit: 5,
          says: ["FAILED one.n5.leave", "still lists it"], calls: ["kubectl scale": 0]),
      ]),
  ]

  /// The danger is in the last act but one: all before it goes back.
  static let recovery: [Procedure] = [
    Procedure(
      runbook: "ledger/split-brain",
      command: [
        "split-brain", "n1", "n2,n3", "--approve", "sure", "--confirm",
        "start anew from n1 and lose what only n2,n3 have",
      ],
      prepare: [.standIn("two-leaders n2 n3")], wayBack: .rehearsed("single"),
      faults: [
        ProcedureFault(
          what: "nobody has said what will be lost",
          command: ["split-brain", "n1", "n2,n3", "--approve", "sure"], exit: 4,
          says: ["start anew from n1 and lose what only n2,n3 have"]),
        ProcedureFault(
          what: "how much data one of them has is unknown, and not the least",
          trouble: [.standIn("metrics-off n3")], exit: 4, says: ["n3 have is not known"]),
        ProcedureFault(
          what: "there is no room for a copy of the data on one of them",
          trouble: [
            .run("mount -t tmpfs -o size=4k tmpfs /var/backups", on: "n2", cure: "umount /var/backups")
          ], exit: 5, says: ["FAILED archive", "n2"]),
      ])
  ]
}
