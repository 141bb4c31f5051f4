/// What Ledger's runbooks change, in a cluster as its document assumes: {leader} leads, {follower} and {other} do not.
enum LedgerTable {
  static let members: [Procedure] = [
    Procedure(
      runbook: "ledger/add-node", command: ["add-node", "n4", "--set", "settle=0s", "--set", "stall=1s"],
      wayBack: .rehearsed("keep"),
      faults: [
        ProcedureFault(
          what: "its data has the identifier of another member",
          trouble: [
            .run(
              "mkdir -p /var/lib/ledger; echo 2 > /var/lib/ledger/node_id", on: "n4",
              cure: "rm -r /var/lib/ledger")
          ], exit: 4, says: ["there is data of node_id 2 in /var/lib/ledger"], calls: ["JoinCluster": 0]),
        ProcedureFault(
          what: "the leader tells no metrics, which is not 0", trouble: [.standIn("metrics-off {leader}")],
          exit: 4, says: ["{leader} tells no metrics"], calls: ["JoinCluster": 0]),
        ProcedureFault(
          what: "a partition lets nothing of it through to one member", trouble: [.deaf("{other}", to: "n4")],
          exit: 4, says: ["reach", "{other}"], calls: ["JoinCluster": 0]),
        ProcedureFault(
          what: "the join hangs", trouble: [.standIn("hang JoinCluster")], exit: 5,
          says: ["FAILED join", "{leader} does not list it, and answered: ERROR: Code: DeadlineExceeded"],
          calls: ["JoinCluster": 2, "LeaveCluster": 0]),
        ProcedureFault(
          what: "its log does not grow", trouble: [.standIn("stuck n4")], exit: 5,
          says: ["FAILED caught_up", "stuck: "], calls: ["JoinCluster": 1, "LeaveCluster": 1]),
        ProcedureFault(
          what: "SSH to the leader drops in the midst of the join", trouble: [.dropped("{leader}")],
          once: "act    join", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["JoinCluster": 1]),
      ]),
    Procedure(
      runbook: "ledger/remove-node",
      command: ["remove-node", "{follower}", "--set", "least=2", "--set", "settle=0s"],
      wayBack: .rehearsed("aside"),
      faults: [
        ProcedureFault(
          what: "the removal would break the quorum, which the server allows", trouble: [.stopped("{other}")],
          exit: 4, says: ["it would leave 1 healthy of 2 voters, and a quorum needs 2"],
          calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "less voters than production needs would be left", command: ["remove-node", "{follower}"],
          exit: 4, says: ["Enough voters stay"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "two leaders", trouble: [.standIn("two-leaders {follower} {other}")], exit: 4,
          says: ["not agreed on"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "the server says that it did, and did not", trouble: [.standIn("false-success")], exit: 5,
          says: ["FAILED member.leave", "{leader} still lists it, and answered:"], calls: ["LeaveCluster": 2]),
        ProcedureFault(
          what: "the leader's answer is lost, though it did", trouble: [.standIn("lost-answer LeaveCluster")],
          exit: 0, says: ["every verification passed"], unchanged: false, calls: ["LeaveCluster": 1]),
      ]),
    Procedure(
      runbook: "ledger/leave",
      command: [
        "run", "ledger/leave", "--set", "node={follower}", "--set", "leaving={follower}", "--set",
        "settle=0s",
      ],
      wayBack: .rehearsed("stop"),
      faults: [
        ProcedureFault(
          what: "the others answer half a line", trouble: [.standIn("answers half {other}")], exit: 4,
          says: ["quorum needs 2"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "SSH to the leader drops in the midst", trouble: [.dropped("{leader}")],
          once: "act    leave", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["LeaveCluster": 1]),
      ]),
    Procedure(
      runbook: "ledger/force-remove",
      command: [
        "force-remove", "{other}", "--confirm", "give up {other} and everything that only it holds",
      ],
      prepare: [.stopped("{other}")],
      wayBack: .irreversible(because: "a dead voter that came back would only raise the quorum"),
      faults: [
        ProcedureFault(
          what: "it lives", command: ["force-remove", "{follower}"], exit: 4, says: ["It does not serve"],
          calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "nobody has said what is given up", command: ["force-remove", "{other}"], exit: 4,
          says: ["give up {other} and everything that only it holds"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "its port still takes connections",
          trouble: [
            .run(
              "systemd-run --quiet --unit=holder nc -lk 50051", on: "{other}", cure: "systemctl stop holder")
          ], exit: 4, says: ["{leader} still reaches it"], calls: ["LeaveCluster": 0]),
        ProcedureFault(
          what: "the server says that it did, and did not", trouble: [.standIn("false-success")], exit: 5,
          says: ["FAILED remove", "still lists it"]),
        ProcedureFault(
          what: "the answer is lost, though it did", trouble: [.standIn("lost-answer LeaveCluster")], exit: 0,
          says: ["every verification passed"], unchanged: false, calls: ["LeaveCluster": 1]),
      ]),
  ]
}

extension Trouble {
  static func stopped(_ node: String) -> Trouble {
    run("systemctl stop ledger", on: node, cure: "systemctl start ledger")
  }
}
