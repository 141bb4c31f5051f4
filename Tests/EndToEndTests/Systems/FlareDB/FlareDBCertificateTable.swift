/// What FlareDB's runbooks do with certificates: in {same} are new ones of the CA in use, in {new} those of another one, with
/// a bundle of both; {expiring} ones end within a day; in {swapped} each store has the other's.
extension FlareDBTable {
  static let certificates: [Procedure] = [
    Procedure(
      runbook: "flaredb/cert-permissions",
      command: ["run", "flaredb/cert-permissions", "--set", "patience=5s"],
      prepare: [.run("chmod 644 /etc/centra-cloud/certs/flaredb-n2.key", on: "n2")],
      wayBack: .rehearsed("rolling.n3.start"),
      faults: [
        ProcedureFault(
          what: "another store is down",
          trouble: [.run("systemctl stop flaredb", on: "n3", cure: "systemctl start flaredb")], exit: 4,
          says: ["n3 unhealthy"], calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "the owner is nobody there", more: ["--set", "owner=nobody-there:root"], exit: 5,
          says: ["FAILED rolling.n1.modes", "invalid user"], calls: ["flaredb-server": 0]),
      ]),
    Procedure(
      runbook: "flaredb/rotate-certs",
      command: ["rotate-certs", "--set", "certs={new}", "--set", "authority=new", "--set", "patience=8s"],
      wayBack: .rehearsed("stores.n3.start"),
      faults: [
        ProcedureFault(
          what: "wrong CA: the stores do not trust it", more: ["--set", "authority=same"], exit: 4,
          says: ["n1: expected"],
          calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "missing SAN: a certificate does not name the address", more: ["--set", "certs={swapped}"],
          exit: 4,
          says: ["flaredb-n1.crt: verification failed"]),
        ProcedureFault(
          what: "expired within a day", more: ["--set", "certs={expiring}"], exit: 4,
          says: ["refused, nothing was changed"]),
      ]),
    Procedure(
      runbook: "flaredb/trust",
      command: ["run", "flaredb/trust", "--set", "authorities={new}/ca-bundle.crt", "--set", "patience=8s"],
      wayBack: .rehearsed("stores.n3.start"),
      faults: [
        ProcedureFault(
          what: "wrong CA: it did not sign the certificates in use",
          more: ["--set", "authorities={new}/ca.crt"],
          exit: 4, says: ["n1: ", "verification failed"], calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "the file holds no certificate", more: ["--set", "authorities={new}/flaredb-n1.key"], exit: 4,
          says: ["refused, nothing was changed"]),
      ]),
    Procedure(
      runbook: "flaredb/reissue-certs",
      command: [
        "run", "flaredb/reissue-certs", "--set", "stores=n1,n2,n3", "--set", "certs={same}", "--set",
        "patience=8s",
      ],
      prepare: ["n1", "n2", "n3"].map { node in
        .run(
          "cp /srv/standin/made/new/flaredb-\(node).* /etc/centra-cloud/certs/ && systemctl restart flaredb && sleep 3",
          on: node)
      },
      wayBack: .shown(by: "a failure once every store has started again"),
      faults: [
        ProcedureFault(
          what: "somebody says no", more: ["--deny", "outage"], exit: 4, says: ["outage"],
          calls: ["flaredb-server": 0]),
        ProcedureFault(
          what: "missing SAN: a certificate does not name the address",
          more: ["--approve", "outage", "--set", "certs={swapped}"], exit: 4,
          says: ["flaredb-n1.crt: verification failed"]),
        ProcedureFault(
          what: "a failure once every store has started again",
          more: ["--approve", "outage", "--rehearse-failure", "stores.n3.start:after"], exit: 5,
          says: ["a failure was rehearsed"]),
      ]),
  ]
}
