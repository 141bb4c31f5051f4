import Lab
import Platform
import TestSupport

/// What Chainfire's runbooks do with certificates, in a cluster that speaks TLS.
///
/// {certs} are sound ones of the lab's own authority; {strange} ones of another authority that names itself beside them;
/// {expiring} ones end within the month; {nameless} ones hold no address; in {swapped} the keys are those of other nodes.
extension ChainfireTable {
  private static let refusals = [
    ProcedureFault(
      what: "wrong CA: the certificates are not of the authority beside them",
      more: ["--set", "certs={strange}"], exit: 4, says: ["verification failed"]),
    ProcedureFault(
      what: "missing SAN: a certificate does not name the address", more: ["--set", "certs={nameless}"],
      exit: 4,
      says: ["crt is not for 10."]),
    ProcedureFault(
      what: "a key that belongs to another certificate", more: ["--set", "certs={swapped}"], exit: 4,
      says: ["do not belong together"]),
  ]

  static let certificates: [Procedure] = [
    Procedure(
      runbook: "chainfire/make-certs",
      command: [
        "run", "chainfire/make-certs", "--set", "nodes=n1,n2", "--set", "out={certs}-made", "--set",
        "ca={authority}/ca.crt", "--set", "ca_key={authority}/ca.key",
      ],
      wayBack: .rehearsed("make"),
      faults: [
        ProcedureFault(
          what: "the directory is there", more: ["--set", "out={certs}"], exit: 4, says: ["is there already"]),
        ProcedureFault(
          what: "the key is another authority's", more: ["--set", "ca_key={strange}/ca.key"], exit: 4,
          says: ["do not belong together"]),
      ]),
    Procedure(
      runbook: "chainfire/install-certs", command: ["install-certs", "n4", "--set", "certs={certs}"],
      prepare: [.run("rm -r /etc/centra-cloud/certs", on: "n4")], wayBack: .rehearsed("key"), faults: refusals
    ),
    Procedure(
      runbook: "chainfire/fix-certs", command: ["fix-certs", "{follower}", "--set", "patience=3s"],
      prepare: [
        .run(
          "chmod 644 /etc/centra-cloud/certs/chainfire-node-*.key; systemctl stop chainfire",
          on: "{follower}")
      ],
      wayBack: .rehearsed("start"),
      faults: [
        ProcedureFault(
          what: "the key is gone",
          trouble: [
            .run(
              "mv /etc/centra-cloud/certs/chainfire-node-*.key /root/", on: "{follower}",
              cure: "mv /root/*.key /etc/centra-cloud/certs/")
          ], exit: 4, says: ["{follower}: exit status"]),
        ProcedureFault(
          what: "wrong CA: nobody trusts the certificate",
          trouble: [
            .run(
              """
              cd /etc/centra-cloud/certs && cp -p ca.crt /root/ &&
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out ca.crt -days 9 -subj /CN=other
              """, on: "{follower}", cure: "mv /root/ca.crt /etc/centra-cloud/certs/")
          ], exit: 5, says: ["FAILED serves @{follower}", "certificate verify failed"]),
      ]),
    Procedure(
      runbook: "chainfire/rotate-certs", command: ["rotate-certs", "--set", "certs={certs}"],
      wayBack: .rehearsed("certificates.n3.restart"),
      faults: refusals + [
        ProcedureFault(
          what: "expired, or soon", more: ["--set", "certs={expiring}"], exit: 4,
          says: ["Certificate will expire"]),
        ProcedureFault(
          what: "a CA that the members do not trust", more: ["--set", "certs={new}"], exit: 4,
          says: ["another authority than the nodes trust", "authority=new"]),
      ]),
    Procedure(
      runbook: "chainfire/retire-authority", command: ["retire-authority", "--set", "certs={certs}"],
      wayBack: .rehearsed("rolling.n3.restart"),
      faults: [
        ProcedureFault(
          what: "a member still has a certificate of the old authority", more: ["--set", "certs={new}"],
          exit: 4,
          says: ["expected"]),
        ProcedureFault(
          what: "a member is down",
          trouble: [.run("systemctl stop chainfire", on: "{other}", cure: "systemctl start chainfire")],
          exit: 4,
          says: ["expected $before.healthy"]),
      ]),
  ]

  /// The directories of certificates that the table speaks of, made once for a lab.
  static func certificates(for lab: LabDescription) throws -> [String: String] {
    let root = Path.join(lab.files.shared, "certificates")
    let authority = Path.join(lab.files.shared, "ca")
    let names = ["certs", "strange", "expiring", "nameless", "swapped", "new"]
    let paths = Dictionary(uniqueKeysWithValues: names.map { ($0, Path.join(root, $0)) })
      .merging(["authority": authority]) { $1 }
    guard fileKind(root) == nil else { return paths }
    let nodes = lab.nodes.map { "\($0.name.dropFirst()):\($0.address)" }.joined(separator: " ")
    try FixtureProcess.run([
      "/bin/sh", "-ec",
      """
      authority() {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1/ca.key -out $1/ca.crt -days 400 -subj /CN=$2
      }
      pairs() {     # of the authority in $2, beside the one in $3, for $4 days
        mkdir -p $1 && cd $1 && cp $3/ca.crt .
        for pair in \(nodes); do
          name=chainfire-node-${pair%%:*}
          openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out csr -subj /CN=$name
          [ -n "$5" ] && echo "subjectAltName=DNS:elsewhere" >ext || echo "subjectAltName=IP:${pair#*:}" >ext
          openssl x509 -req -in csr -CA $2/ca.crt -CAkey $2/ca.key -set_serial 0x$(openssl rand -hex 8) -days $4 -extfile ext -out $name.crt
        done
      }
      exec 2>/dev/null
      old=\(authority)
      mkdir -p \(root)/other && cd \(root) && authority other another-ca
      pairs \(root)/certs $old $old 365
      pairs \(root)/strange \(root)/other $old 365
      pairs \(root)/expiring $old $old 20
      pairs \(root)/nameless $old $old 365 nameless
      pairs \(root)/new \(root)/other \(root)/other 365
      cp -r \(root)/certs \(root)/swapped && cd \(root)/swapped
      mv chainfire-node-1.key kept && mv chainfire-node-2.key chainfire-node-1.key && cp kept chainfire-node-4.key && mv kept chainfire-node-2.key
      cp \(root)/other/ca.key \(root)/strange/
      """,
    ])
    return paths
  }
}
