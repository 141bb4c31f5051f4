/// What FlareDB's runbooks change, without certificates: three stores on n1 to n3, PD on n1, n4 and n5 spare.
enum FlareDBTable {
  static let stores: [Procedure] = [
    Procedure(
      runbook: "flaredb/add-node", command: ["add-node", "n4", "--set", "patience=4s"],
      wayBack: .rehearsed("tidy"),
      faults: ["garbage", "half", "html", "500", "nothing"].map { answer in
        ProcedureFault(
          what: "PD answers \(answer)", trouble: [.standIn("pd-answers \(answer)")], exit: 4,
          says: ["n1 gave no answer: stores: "], calls: ["flaredb-server": 0])
      } + [
        ProcedureFault(
          what: "the new store does not get through to PD", trouble: [.deaf("n1", to: "n4")], exit: 4,
          says: ["refused, nothing was changed", "n4: "], calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "the new store crashes once it has registered", trouble: [.crashed("n4")],
          once: "ok     registered", exit: 5, says: ["FAILED probe @n4"],
          calls: ["DELETE /pd/api/v1/store/4": 1]),
      ]),
    Procedure(
      runbook: "flaredb/remove-node", command: ["remove-node", "n4", "--set", "stalled=2s"],
      prepare: [.belay("add-node", "n4")],
      wayBack: .irreversible(because: "PD takes an emptied store back only as a new one"),
      faults: [
        ProcedureFault(
          what: "PD refuses", trouble: [.standIn("delete-answers 400")], exit: 5,
          says: ["PD does not let the store go: can not remove store"], calls: ["DELETE ": 1]),
        ProcedureFault(
          what: "it is gone already, says PD, and lists it", trouble: [.standIn("delete-answers 410")],
          exit: 5,
          says: ["stuck"], calls: ["DELETE ": 1]),
        ProcedureFault(
          what: "its regions do not move", trouble: [.standIn("stuck")], exit: 5,
          says: ["FAILED emptied", "stuck"],
          calls: ["DELETE ": 1, "POST /pd/api/v1/store/4/state?state=Up": 1]),
        ProcedureFault(
          what: "belay is killed in the midst of it", once: "act    drain @", killed: true, exit: 0,
          says: ["every verification passed"], unchanged: false),
      ]),
    Procedure(
      runbook: "flaredb/replace-node",
      command: ["replace-node", "n3", "--with", "n4", "--set", "stalled=2s"],
      wayBack: .irreversible(because: "PD takes an emptied store back only as a new one"),
      faults: [
        ProcedureFault(
          what: "metrics are refused, which is unknown and not 0", trouble: [.standIn("metrics n2 refused")],
          exit: 4, says: ["unknown pending"], calls: ["flaredb-server": 0, "DELETE ": 0]),
        ProcedureFault(
          what: "PD lets neither the old store go nor, on the way back, the new one",
          trouble: [.standIn("delete-answers 400")], exit: 6,
          says: ["FAILED leave.drain", "PD does not let the store go", "OWED join.start"], unchanged: false,
          calls: ["DELETE /pd/api/v1/store/3": 1]),
      ]),
    Procedure(
      runbook: "flaredb/restart-node", command: ["restart-node", "n2", "--set", "patience=4s"],
      wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "another store is down",
          trouble: [.run("systemctl stop flaredb", on: "n3", cure: "systemctl start flaredb")], exit: 4,
          says: ["n3 unhealthy"], calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "it does not come back, as somebody damaged its settings",
          trouble: [
            .run(
              "sed -i.kept 's/^store_id/[store_id/' /etc/centra-cloud/flaredb.toml", on: "n2",
              cure: "cd /etc/centra-cloud && mv flaredb.toml.kept flaredb.toml && systemctl restart flaredb")
          ], exit: 6, says: ["FAILED serves", "owed"]),
      ]),
    Procedure(
      runbook: "flaredb/mend-registration",
      command: ["run", "flaredb/mend-registration", "--set", "node=n4", "--set", "cause=duplicate-id"],
      prepare: [.started("n4", as: 3)], wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "the duplicate is the older one, which PD lists",
          command: ["run", "flaredb/mend-registration", "--set", "node=n3", "--set", "cause=duplicate-id"],
          exit: 4,
          says: ["refused, nothing was changed"], calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "the port of PD stays closed", trouble: [.deaf("n1", to: "n4")],
          command: [
            "run", "flaredb/mend-registration", "--set", "node=n4", "--set", "cause=network", "--set",
            "patience=2s",
          ], exit: 5, says: ["FAILED registered"],
          calls: ["--permanent --add-port=2379/tcp": 1, "--permanent --remove-port=2379/tcp": 1]),
      ]),
  ]

  static let settings: [Procedure] = [
    Procedure(
      runbook: "flaredb/rebalance", command: ["rebalance", "--set", "stalled=2s"],
      prepare: [.standIn("scheduler-off")], wayBack: .shown(by: "regions do not move all the same"),
      faults: [
        ProcedureFault(
          what: "a store is full", trouble: [.standIn("disk n2 95"), .run("sleep 1", on: "n2")], exit: 4,
          says: ["refused, nothing was changed"], calls: ["POST /pd/api/v1/config": 0]),
        ProcedureFault(
          what: "regions do not move all the same", trouble: [.standIn("stuck")], exit: 5,
          says: ["FAILED complete", "stuck"], calls: ["POST /pd/api/v1/config/schedule": 4]),
      ]),
    Procedure(
      runbook: "flaredb/tune", command: ["tune", "ingest", "--set", "patience=4s"],
      wayBack: .shown(by: "the last store does not start with it"),
      faults: [
        ProcedureFault(
          what: "a store is down",
          trouble: [.run("systemctl stop flaredb", on: "n3", cure: "systemctl start flaredb")], exit: 4,
          says: ["refused, nothing was changed"], calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "the last store does not start with it",
          trouble: [.standIn("refuse-settings n3 write_buffer_size")],
          exit: 5, says: ["FAILED rolling.n3.serves"], calls: ["flaredb-server": 6]),
      ]),
    profile("query", "block_cache_size"), profile("slow-disk", "use_direct_io_for_flush_and_compaction"),
    profile("throttle", "max_background_flushes"),
    Procedure(
      runbook: "flaredb/alerts", command: ["run", "flaredb/alerts", "--set", "node=n5"],
      prepare: [.prometheus(on: "n5", made: "/etc/prometheus")],
      wayBack: .rehearsed("reload"),
      faults: [
        ProcedureFault(
          what: "promtool does not accept the rules",
          trouble: [.refusingPromtool(on: "n5")], exit: 5,
          says: ["FAILED checked @n5", "could not parse expression"],
          calls: ["prometheus reads 2 files": 0, "prometheus reads 0 files": 2]),
        ProcedureFault(
          what: "the directory cannot be made", more: ["--set", "directory=/proc/rules"], exit: 5,
          says: ["FAILED directory @n5"]),
      ]),
  ]

  private static func profile(_ name: String, _ key: String) -> Procedure {
    Procedure(
      runbook: "flaredb/tune", command: ["tune", name, "--set", "patience=4s"],
      wayBack: .shown(by: "the second store does not start with \(name)"),
      faults: [
        ProcedureFault(
          what: "the second store does not start with \(name)",
          trouble: [.standIn("refuse-settings n2 \(key)")],
          exit: 5, says: ["FAILED rolling.n2.serves"], calls: ["n3": 0])
      ])
  }
}

extension Trouble {
  /// The service is killed, and nobody starts it again until the trouble is over.
  static func crashed(_ node: String) -> Trouble { Trouble(node: node, deed: .lab(["kill-service"])) }

  /// A store started by hand, with the first one's settings but for its number and address.
  static func started(_ node: String, as number: Int) -> Trouble {
    run(
      """
      own=$(hostname -I | cut -d' ' -f1)
      sed "s/^store_id = .*/store_id = \(number)/; s/^addr = .*/addr = \\"$own:2479\\"/" /srv/standin/first.toml >/etc/centra-cloud/flaredb.toml
      systemctl start flaredb && sleep 1
      """, on: node)
  }
}
