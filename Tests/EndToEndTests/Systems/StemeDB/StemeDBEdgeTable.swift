/// What stands around a StemeDB cluster: load balancers, a cloud, and the first step from one node to three.
enum StemeDBEdgeTable {
  static let balancer: [Procedure] = [
    Procedure(
      runbook: "stemedb/load-balancer", command: ["load-balancer", "n5"], wayBack: .rehearsed("reload"),
      faults: [
        ProcedureFault(
          what: "its key is gone",
          trouble: [
            .run(
              "mv /etc/nginx/tls/stemedb.key /var/tmp/key", on: "n5",
              cure: "mv /var/tmp/key /etc/nginx/tls/stemedb.key")
          ], exit: 4, says: ["/etc/nginx/tls/stemedb.key is missing"]),
        ProcedureFault(
          what: "nginx would not load what is there already",
          trouble: [
            .run(
              "echo 'server { listen 443 ssl; ssl_certificate /nowhere; }' > /etc/nginx/conf.d/bad.conf",
              on: "n5", cure: "rm /etc/nginx/conf.d/bad.conf")
          ], exit: 4, says: ["/nowhere"]),
        ProcedureFault(
          what: "nginx does not start, since another program has its port",
          trouble: [
            .run(
              "systemd-run --quiet --unit=holder nc -lk 443; echo 'server { listen 443; }' > /etc/nginx/conf.d/own.conf",
              on: "n5", cure: "systemctl stop holder; rm /etc/nginx/conf.d/own.conf")
          ], exit: 5, says: ["FAILED running"]),
        ProcedureFault(
          what: "one of the members answers that it is not well",
          trouble: [.standIn("answer node2 /v1/health 500")], exit: 4, says: ["reach"]),
        ProcedureFault(
          what: "Envoy takes it as well", command: ["load-balancer", "n5", "--set", "kind=envoy"], exit: 0,
          says: ["every verification passed"], unchanged: false, calls: ["envoy --mode validate": 1]),
      ])
  ]

  private static let groups = ["--set", "group=sg-0001", "--set", "balancer_group=sg-0002"]
  private static let instance = [
    "--set", "image=ami-1", "--set", "subnet=subnet-1", "--set", "group=sg-0001",
  ]

  /// Played by a recording `aws` on the machine that belay runs on.
  static let cloud: [Procedure] = [
    Procedure(
      runbook: "stemedb/firewall", command: ["firewall"] + groups, wayBack: .rehearsed("clients"),
      faults: [
        ProcedureFault(
          what: "the cloud refuses the first rule", trouble: [.standIn("aws UnauthorizedOperation")], exit: 5,
          says: ["FAILED cluster", "UnauthorizedOperation"], calls: ["authorize-security-group": 1]),
        ProcedureFault(
          what: "there is no such group",
          command: ["firewall", "--set", "group=sg-9", "--set", "balancer_group=sg-0002"], exit: 4,
          says: ["The security group 'sg-9' does not exist"], calls: ["authorize-security-group": 0]),
        ProcedureFault(
          what: "the rules are there, and one member's port is not reached",
          trouble: [.run("systemctl stop stemedb-api", on: "n2", cure: "systemctl start stemedb-api")],
          exit: 5, says: ["FAILED reach", "of n2"],
          calls: ["authorize-security-group": 3, "revoke-security-group": 3]),
      ]),
    Procedure(
      runbook: "stemedb/provision", command: ["provision", "--set", "name=claims-4"] + instance,
      prepare: [Trouble(deed: .belay(["provision", "--set", "name=claims-3"] + instance))],
      wayBack: .rehearsed("launch"),
      faults: [
        ProcedureFault(
          what: "an instance of that name is there",
          command: ["provision", "--set", "name=claims-3"] + instance, exit: 4, says: ["free"],
          calls: ["run-instances": 0]),
        ProcedureFault(
          what: "the cloud has no room the first time",
          trouble: [.standIn("aws InsufficientInstanceCapacity")], exit: 0,
          says: ["every verification passed"], unchanged: false, calls: ["run-instances": 2]),
      ]),
  ]

  static let bootstrap: [Procedure] = [
    Procedure(
      runbook: "stemedb/bootstrap", command: ["bootstrap", "n1", "n2", "n3", "--set", "stall=3s"],
      wayBack: .rehearsed("third_data"),
      faults: [
        ProcedureFault(
          what: "the disk is too full for the copy of the data",
          trouble: [
            .run("mount -t tmpfs -o size=4k tmpfs /var/backups", on: "n1", cure: "umount /var/backups")
          ], exit: 5, says: ["FAILED copy"]),
        ProcedureFault(
          what: "the copies do not come", trouble: [.standIn("copy-rate 0")], exit: 5,
          says: ["FAILED complete", "stuck: "]),
        ProcedureFault(
          what: "somebody writes all the time: one assertion may be on its way",
          trouble: [.standIn("writes 2")], exit: 0, says: ["every verification passed"], unchanged: false),
      ])
  ]
}
