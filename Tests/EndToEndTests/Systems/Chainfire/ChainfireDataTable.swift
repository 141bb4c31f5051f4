/// What Chainfire's runbooks do to data and settings of members, always with a copy kept.
extension ChainfireTable {
  static let data: [Procedure] = [
    Procedure(
      runbook: "chainfire/repair", command: ["repair", "{follower}"],
      prepare: [.standIn("corrupt minor", on: "{follower}")], wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "the disk is full", trouble: [.fullDisk("{follower}")], exit: 4,
          says: ["{follower}: exit status 1: there is no room for a copy"], calls: ["rocksdb_ldb": 0]),
        ProcedureFault(
          what: "nothing can be salvaged",
          trouble: [
            .run(
              "systemctl stop chainfire; cp -p /var/lib/chainfire/raft.json /root/; standin fault corrupt major",
              on: "{follower}",
              cure:
                "systemctl stop chainfire; mv /root/raft.json /var/lib/chainfire/; systemctl start chainfire")
          ], exit: 5,
          says: ["FAILED repair @{follower}", "it cannot be repaired: belay restore"], calls: ["repair": 1]),
      ]),
    Procedure(
      runbook: "chainfire/restore",
      command: ["restore", "{follower}", "--set", "patience=4s", "--set", "stalled=2s"],
      prepare: [.standIn("corrupt minor", on: "{follower}")], wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "the backup is damaged",
          trouble: [
            .run(
              "cd /var/backups/chainfire && cp 2026-01-01.tar.gz /root/ && truncate -s 100 2026-01-01.tar.gz",
              on: "{follower}", cure: "mv /root/2026-01-01.tar.gz /var/backups/chainfire/")
          ], exit: 4, says: ["{follower}: exit status 1: ", "is damaged"]),
        ProcedureFault(
          what: "there is no backup",
          trouble: [
            .run(
              "mv /var/backups/chainfire/2026-01-01.tar.gz /root/", on: "{follower}",
              cure: "mv /root/2026-01-01.tar.gz /var/backups/chainfire/")
          ], exit: 4, says: ["there is no backup in /var/backups/chainfire"]),
        ProcedureFault(
          what: "the disk is full", trouble: [.fullDisk("{follower}")], exit: 4,
          says: ["there is no room for"]),
        ProcedureFault(
          what: "it does not catch up from there", trouble: [.standIn("learner-stalls {follower}")], exit: 5,
          says: ["FAILED caught_up"]),
      ]),
    Procedure(
      runbook: "chainfire/rejoin",
      command: ["rejoin", "{leader}", "--set", "settle=0", "--set", "patience=8s", "--set", "stalled=3s"],
      wayBack: .irreversible(because: "a vote that cannot be relied on is not given back"),
      faults: [
        ProcedureFault(
          what: "the others would have no quorum",
          trouble: [.run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire")],
          exit: 4,
          says: ["quorum"], calls: ["member-remove": 0]),
        ProcedureFault(
          what: "the leader itself has to rejoin", exit: 0, says: ["every verification passed"],
          unchanged: false,
          calls: ["member-remove --node-id {leading}": 1, "member-add": 1, "member-promote": 1]),
        ProcedureFault(
          what: "it does not catch up once it is empty", trouble: [.standIn("learner-stalls {leader}")],
          exit: 6,
          says: ["FAILED caught_up", "stuck: ", "step remove cannot"], unchanged: false,
          calls: ["member-promote": 0, "member-remove": 2]),
      ]),
    Procedure(
      runbook: "chainfire/split-brain",
      command: [
        "split-brain", "n3", "--set", "losers=n1,n2", "--confirm",
        "discard what only n1,n2 have written and keep n3",
      ],
      prepare: .twoLeaders,
      wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "nobody typed what will be lost", command: ["split-brain", "n3", "--set", "losers=n1,n2"],
          exit: 4,
          says: ["discard what only n1,n2 have written and keep n3"], calls: ["--force-new-cluster": 0]),
        ProcedureFault(
          what: "another member is ahead",
          command: ["split-brain", "n1", "--set", "losers=n2,n3"], exit: 4, says: ["n1"],
          calls: ["--force-new-cluster": 0]),
        ProcedureFault(
          what: "a loser has no room for the archive",
          trouble: [
            .run(
              """
              mount -t tmpfs -o size=64k tmpfs /var/backups/chainfire
              dd if=/dev/zero of=/var/backups/chainfire/filler bs=4k 2>/dev/null; df /var/backups/chainfire | grep -q 100%
              """, on: "n1", cure: "umount /var/backups/chainfire")
          ], command: ["split-brain", "n3", "--set", "losers=n1,n2"], exit: 4,
          says: ["n1: exit status 1: there is no room for an archive"],
          calls: ["--force-new-cluster": 0]),
      ]),
  ]

  static let profiles: [Procedure] =
    [
      Procedure(
        runbook: "chainfire/tune", command: ["tune", "write", "--set", "patience=4s"],
        wayBack: .shown(by: "the last member cannot be restarted with it"),
        faults: [
          ProcedureFault(
            what: "a member is down",
            trouble: [.run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire")],
            exit: 4,
            says: ["{other}"]),
          ProcedureFault(
            what: "the last member cannot be restarted with it", trouble: [.standIn("small-memory n3")],
            exit: 5,
            says: ["FAILED rolling.n3.serves"], calls: ["write_buffer_size=134217728": 2]),
        ])
    ]
    + [
      ("read", "block_cache_size=2147483648 bloom_filter_bits_per_key=10"),
      ("latency", "tick_interval_ms=50 use_direct_io_for_flush_and_compaction=True"),
      ("disk", "block_cache_size=536870912"), ("cpu", "tick_interval_ms=200"),
    ].map { profile, settings in
      Procedure(
        runbook: "chainfire/tune", command: ["tune", profile],
        wayBack: .shown(by: "a failure after the first member runs with \(profile)"),
        faults: [
          ProcedureFault(
            what: "a failure after the first member runs with \(profile)",
            more: ["--rehearse-failure", "rolling.n2.lead:after"], exit: 5,
            says: ["a failure was rehearsed"], calls: [settings: 1])
        ])
    }
}
