/// What Chainfire's runbooks change, in a cluster without certificates: {leader} leads, {follower} and {other} do not.
enum ChainfireTable {
  static let members: [Procedure] = [
    Procedure(
      runbook: "chainfire/add-node",
      command: ["add-node", "n4", "--set", "stalled=3s", "--set", "patience=8s", "--set", "listening=3s"],
      wayBack: .rehearsed("promote"),
      faults: [
        ProcedureFault(
          what: "the new node's port is closed", trouble: [.standIn("close-port 2380", on: "n4")], exit: 5,
          says: ["FAILED heard"], calls: ["member-add": 0]),
        ProcedureFault(
          what: "the learner's lag stays as it is", trouble: [.standIn("learner-stalls n4")], exit: 5,
          says: ["FAILED caught_up", "stuck: "], calls: ["member-add": 1, "member-promote": 0]),
        ProcedureFault(
          what: "the node crashes once it was added", trouble: [.standIn("crash-after-add n4")], exit: 5,
          says: ["FAILED"], calls: ["member-add": 1, "member-promote": 0, "member-remove": 1]),
        ProcedureFault(
          what: "the addition hangs", trouble: [.standIn("join-hangs")], exit: 5,
          says: ["timed out after 30s", "FAILED join_learner"], calls: ["member-add": 2, "member-remove": 0]),
        ProcedureFault(
          what: "the addition hangs, and was made", trouble: [.standIn("join-hangs landed")], exit: 5,
          says: ["yet the cluster shows its effect"], calls: ["member-add": 1, "member-remove": 1]),
        ProcedureFault(
          what: "SSH to the leader drops in the midst of the addition", trouble: [.dropped("{leader}")],
          once: "act    join_learner @", exit: 0, says: ["every verification passed"], unchanged: false,
          calls: ["member-add": 1, "member-promote": 1]),
      ]),
    Procedure(
      runbook: "chainfire/remove-node", command: ["remove-node", "{follower}", "--set", "settle=0"],
      wayBack: .irreversible(because: "a removed member has to catch up anew"),
      faults: [
        ("garbage", "status says"), ("half", "raft_te"), ("html", "<!DOCTYPE html>"),
        ("error", "server answered 500"),
        ("empty", "\"nothing\""), ("yesterday", "of 1 voters could be asked"),
      ].map { answer, says in
        ProcedureFault(
          what: "members answer with \(answer)", trouble: [.standIn("answers \(answer)")], exit: 4,
          says: [says],
          calls: ["member-remove": 0])
      } + [
        ProcedureFault(
          what: "the removal would break the quorum, which the server allows",
          trouble: [
            .standIn("permissive"),
            .run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire"),
          ], exit: 4, says: ["quorum"], calls: ["member-remove": 0]),
        ProcedureFault(
          what: "two members keep their connections and answer nothing",
          trouble: [.silent("{follower}"), .silent("{other}")], exit: 4,
          says: ["of 3 voters could be asked"], calls: ["member-remove": 0]),
        ProcedureFault(
          what: "the leader moves, and it is the one to be removed that leads now",
          trouble: [.standIn("leader-moves"), .standIn("no-election {other}")], exit: 5,
          says: ["again remove:", "{follower} leads the cluster: move leadership away first"],
          calls: ["member-remove": 1]),
        ProcedureFault(
          what: "the leader moves between the check and the removal",
          trouble: [.standIn("leader-moves"), .standIn("no-election {follower}")], exit: 0,
          says: ["again remove:", "every verification passed"], unchanged: false,
          calls: ["member-remove": 2]),
        ProcedureFault(
          what: "belay is killed in the midst of the removal", once: "act    remove @", killed: true, exit: 0,
          says: ["every verification passed"], unchanged: false, calls: ["member-remove": 1]),
      ]),
    Procedure(
      runbook: "chainfire/replace-node",
      command: ["replace-node", "{follower}", "--with", "n4", "--set", "settle=0", "--set", "patience=4s"],
      wayBack: .irreversible(because: "a removed member has to catch up anew"),
      faults: [
        ProcedureFault(
          what: "two leaders", trouble: .twoLeaders, exit: 4,
          says: ["refused, nothing was changed"], unchanged: false,
          calls: ["member-add": 0, "member-remove": 0]),
        ProcedureFault(
          what: "the new one does not catch up", trouble: [.standIn("learner-stalls n4")], exit: 5,
          says: ["FAILED enter.caught_up"], calls: ["member-add": 1, "--node-id 4": 2]),
      ]),
    Procedure(
      runbook: "chainfire/restart-node", command: ["restart-node", "{follower}", "--set", "patience=3s"],
      wayBack: .rehearsed("restart"),
      faults: [
        ProcedureFault(
          what: "another member is down",
          trouble: [.run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire")],
          exit: 4,
          says: ["restart {follower}", "quorum"]),
        ProcedureFault(
          what: "it does not come back, as somebody damaged its settings",
          trouble: [
            .run(
              "sed -i.kept 's/^.raft.$/[raft/' /etc/centra-cloud/chainfire.toml", on: "{follower}",
              cure:
                "cd /etc/centra-cloud && mv chainfire.toml.kept chainfire.toml && systemctl restart chainfire"
            )
          ], exit: 6, says: ["FAILED serves", "owed"]),
      ]),
    Procedure(
      runbook: "chainfire/step-down", command: ["step-down", "{leader}"], wayBack: .rehearsed("transfer"),
      faults: [
        ProcedureFault(
          what: "without it there is no majority",
          trouble: [.run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire")],
          exit: 4,
          says: ["no majority to elect a leader"]),
        ProcedureFault(
          what: "without it there is no majority, and somebody is in a hurry",
          trouble: [.run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire")],
          more: ["--override", "spare", "--because", "in a hurry"], exit: 4, says: ["spare"]),
        ProcedureFault(
          what: "a member answers half a line, another nothing",
          trouble: [.standIn("answers half"), .silent("{follower}")], exit: 4, says: ["raft_te"]),
      ]),
    Procedure(
      runbook: "chainfire/start-members", command: ["start-members", "n1,n2", "--set", "patience=3s"],
      prepare: [.run("systemctl stop chainfire", on: "n1"), .run("systemctl stop chainfire", on: "n2")],
      wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "the data of one are gone",
          trouble: [
            .run(
              "mv /var/lib/chainfire/raft.json /root/", on: "n1",
              cure: "mv /root/raft.json /var/lib/chainfire/")
          ], exit: 4, says: ["n1: exit status 1: no data in /var/lib/chainfire"]),
        ProcedureFault(
          what: "the settings of one are damaged",
          trouble: [
            .run(
              "sed -i.kept 's/^.raft.$/[raft/' /etc/centra-cloud/chainfire.toml", on: "n2",
              cure: "cd /etc/centra-cloud && mv chainfire.toml.kept chainfire.toml")
          ], exit: 5, says: ["FAILED elected @n2", "Connection refused"]),
      ]),
    Procedure(
      runbook: "chainfire/open-ports", command: ["open-ports", "n4", "--set", "patience=2s"],
      prepare: [
        .run("firewall-cmd --permanent --add-port=2379/tcp", on: "n4"), .standIn("close-port 2380", on: "n4"),
      ],
      wayBack: .rehearsed("open"),
      faults: [
        ProcedureFault(
          what: "there is no firewalld",
          trouble: [
            .run(
              "cd /usr/local/bin && mv firewall-cmd away", on: "n4",
              cure: "cd /usr/local/bin && mv away firewall-cmd")
          ],
          exit: 4, says: ["n4: exit status 1: there is no firewalld"]),
        ProcedureFault(
          what: "another rule keeps the leader out", trouble: [.deaf("n4", to: "{leader}")], exit: 5,
          says: ["FAILED reached", "port 2379 (tcp) timed out"]),
      ]),
    Procedure(
      runbook: "chainfire/unbootstrap", command: ["unbootstrap", "n4"],
      prepare: [
        .run(
          """
          mkdir -p /etc/centra-cloud && cat >/etc/centra-cloud/chainfire.toml <<'END'
          node = { id = 4, name = "chainfire-node-4" }
          network = { api_addr = "0.0.0.0:2379", raft_addr = "0.0.0.0:2380", gossip_addr = "0.0.0.0:2381" }
          storage = { data_dir = "/var/lib/chainfire" }
          raft = { role = "voter" }

          [cluster]
          id = 1
          bootstrap = true
          END
          systemctl start chainfire
          timeout 10 sh -c 'until [ -e /var/lib/chainfire/raft.json ]; do sleep 0.1; done'
          """, on: "n4")
      ],
      wayBack: .rehearsed("empty"),
      faults: [
        ProcedureFault(
          what: "a section is there twice, as appending makes it",
          trouble: [
            .run(
              "cd /etc/centra-cloud && cp chainfire.toml kept && printf '[cluster]\\n' >>chainfire.toml",
              on: "n4",
              cure: "cd /etc/centra-cloud && mv kept chainfire.toml")
          ], exit: 4, says: ["n4: /etc/centra-cloud/chainfire.toml:", "the table [cluster] is there twice"]),
        ProcedureFault(
          what: "the data cannot be moved", trouble: [.immovable("n4")], exit: 5, says: ["FAILED aside @n4"]),
      ]),
    Procedure(
      runbook: "chainfire/alerts", command: ["install-alerts", "n4"],
      prepare: [.prometheus(on: "n4", made: "/etc/prometheus/rules")],
      wayBack: .rehearsed("reload"),
      faults: [
        ProcedureFault(
          what: "promtool does not accept the rules",
          trouble: [.refusingPromtool(on: "n4")], exit: 5,
          says: ["FAILED accepted @n4", "could not parse expression"],
          calls: ["prometheus reads 1 files": 0, "prometheus reads 0 files": 2]),
        ProcedureFault(
          what: "Prometheus does not run",
          trouble: [.run("systemctl stop prometheus", on: "n4", cure: "systemctl start prometheus")], exit: 4,
          says: ["n4: exit status 1: prometheus does not run"]),
      ]),
  ]
}

extension [Trouble] {
  /// n3 leads a cluster of its own, and says so.
  static let twoLeaders: [Trouble] = [
    .standIn("own-cluster", on: "n3"),
    .run(
      "timeout 20 sh -c 'until chainfire-client --endpoint http://127.0.0.1:2379 status | grep -qx \"leader: 3\"; do sleep 0.2; done'",
      on: "n3"),
  ]
}

extension Trouble {
  /// The directory of the data is where another file system is mounted, so that nobody can move it.
  static func immovable(_ node: String) -> Trouble {
    run(
      "mount --bind /var/lib/chainfire /var/lib/chainfire", on: node, cure: "umount /var/lib/chainfire")
  }

  /// The file system of the data is really full, down to the last block.
  static func fullDisk(_ node: String) -> Trouble {
    run(
      """
      systemctl stop chainfire && mkdir /run/kept && cp -a /var/lib/chainfire /var/lib/belay /run/kept/ &&
      mount -t tmpfs -o size=1m tmpfs /var/lib && cp -a /run/kept/. /var/lib/ && systemctl start chainfire
      dd if=/dev/zero of=/var/lib/filler bs=4k 2>/dev/null; df /var/lib | grep -q 100%
      """, on: node,
      cure: "systemctl stop chainfire; umount /var/lib; rm -r /run/kept; systemctl start chainfire")
  }
}
