/// The defects of written procedures that a careful reader finds, and who catches each: a rule, on the documents'
/// own commands, or only somebody who sees a cluster. docs/lint.md shows the second half.
struct Defect {
  struct Catch {
    var file: String
    var line: Int
    var rule: String
  }

  var number: Int
  var what: String
  var caught: [Catch] = []
  /// Why no rule can know it, or what is left of it that none can.
  var onlyARun: String?

  static let all: [Defect] = [
    Defect(
      number: 1, what: "`grep -c active` counts inactive nodes too",
      caught: [.init(file: "quorum-count.yaml", line: 8, rule: "grep-active")]),
    Defect(
      number: 2, what: "every node is stopped before anybody has read which one is ahead",
      caught: [
        .init(file: "split-brain.yaml", line: 10, rule: "all-at-once"),
        .init(file: "split-brain.yaml", line: 10, rule: "stop-without-effect"),
      ],
      onlyARun: "which member is ahead: the observation before the run, and the guard of each declared stop"),
    Defect(
      number: 3, what: "a fourth voter tolerates no more failures than three",
      caught: [.init(file: "scale-out.yaml", line: 17, rule: "even-voters")]),
    Defect(
      number: 4, what: "a member is added without saying whether it votes",
      caught: [
        .init(file: "split-brain.yaml", line: 20, rule: "member-add-kind"),
        .init(file: "split-brain.yaml", line: 21, rule: "member-add-kind"),
      ]),
    Defect(
      number: 5, what: "a wiped node starts before it is added, and is promoted unchecked",
      caught: [
        .init(file: "inconsistent-data.yaml", line: 35, rule: "start-before-add"),
        .init(file: "inconsistent-data.yaml", line: 42, rule: "promote-unchecked"),
      ]),
    Defect(
      number: 6, what: "repair before check, move before the backup was seen, a path that may be empty",
      caught: [
        .init(file: "inconsistent-data.yaml", line: 10, rule: "repair-before-check"),
        .init(file: "inconsistent-data.yaml", line: 20, rule: "move-before-backup-check"),
        .init(file: "inconsistent-data.yaml", line: 24, rule: "empty-path"),
        .init(file: "inconsistent-data.yaml", line: 8, rule: "stop-without-effect"),
      ]),
    Defect(
      number: 7, what: "all nodes restarted back to back, every private key on every node",
      caught: [
        .init(file: "certificates.yaml", line: 12, rule: "copies-private-keys"),
        .init(file: "certificates.yaml", line: 16, rule: "all-at-once"),
      ],
      onlyARun: "whether peers with the old and the new CA understand each other"),
    Defect(
      number: 8, what: "data is wiped without looking at the service or the membership",
      caught: [
        .init(file: "split-brain.yaml", line: 14, rule: "wipe-without-effect"),
        .init(file: "split-brain.yaml", line: 14, rule: "wipe-before-copy"),
        .init(file: "duplicate-store.yaml", line: 10, rule: "wipe-without-effect"),
        .init(file: "duplicate-store.yaml", line: 8, rule: "needs-a-person"),
      ],
      onlyARun: "which of two stores with one identifier is the new one"),
    Defect(
      number: 9, what: "the removal goes to a member that may not lead",
      caught: [
        .init(file: "leave.yaml", line: 14, rule: "change-not-at-leader"),
        .init(file: "leave.yaml", line: 14, rule: "remove-without-effect"),
      ]),
    Defect(
      number: 10, what: "services of one machine share a port",
      caught: [.init(file: "co-located.inventory.yaml", line: 10, rule: "port-collision")]),
    Defect(
      number: 11, what: "a server is started in the foreground and stopped as a unit",
      caught: [
        .init(file: "scale-out.yaml", line: 9, rule: "never-returns"),
        .init(file: "join-mode.yaml", line: 8, rule: "never-returns"),
      ]),
    Defect(
      number: 12, what: "health is asked with http where the port speaks TLS",
      caught: [
        .init(file: "health.yaml", line: 16, rule: "plain-http"),
        .init(file: "health.yaml", line: 17, rule: "plain-http"),
      ]),
    Defect(
      number: 13, what: "a request that enables nothing, settings that equal the defaults",
      onlyARun:
        "what a server makes of a setting, and which defaults its version has: verify the effect, not the call"
    ),
    Defect(
      number: 14, what: "a section is appended that the file has already",
      caught: [.init(file: "tuning.yaml", line: 8, rule: "append-section")]),
    Defect(
      number: 15, what: "PromQL that is always empty, a rate of a gauge",
      onlyARun:
        "which labels and types the metrics have: ask the server, and expect a result that is not empty"),
    Defect(
      number: 16, what: "a verification that writes, and leaves its keys behind",
      caught: [.init(file: "store-test.yaml", line: 9, rule: "write-in-check")],
      onlyARun: "whether what one node answers was replicated: read it on another one"),
    Defect(
      number: 17, what: "two replicas on three nodes never give equal counts",
      onlyARun: "the replication factor: make it an input, and compare with what it promises"),
    Defect(
      number: 18, what: "a TCP probe of a UDP port",
      caught: [.init(file: "ports-open.yaml", line: 11, rule: "tcp-probe-of-udp")]),
    Defect(
      number: 19, what: "more nodes than the system supports",
      onlyARun: "how many members there are: a guard or a diagnose step counts them"),
    Defect(
      number: 20, what: "a dead address stays in the others' seeds, nothing proves the removed node is off",
      caught: [
        .init(file: "replace-failed.yaml", line: 8, rule: "remove-without-effect"),
        .init(file: "replace-failed.yaml", line: 12, rule: "needs-a-person"),
      ],
      onlyARun: "what other machines' files still say: look there in a verify step"),
    Defect(
      number: 21, what: "a load balancer's configuration that it will not load",
      caught: [
        .init(file: "load-balancer.yaml", line: 16, rule: "nginx-config"),
        .init(file: "load-balancer.yaml", line: 19, rule: "nginx-config"),
      ],
      onlyARun: "which modules it was built with: `nginx -t` before the reload says so"),
    Defect(
      number: 22, what: "two documents with two limits for the same latency",
      onlyARun: "which limit holds here: make it an input with a default"),
    Defect(
      number: 23, what: "fields that grpcurl does not print, an identifier used as a host",
      caught: [
        .init(file: "leave.yaml", line: 9, rule: "grpcurl-fields"),
        .init(file: "leave.yaml", line: 21, rule: "grpcurl-fields"),
        .init(file: "leave.yaml", line: 23, rule: "id-as-host"),
      ]),
    Defect(
      number: 24, what: "two paths for one data directory",
      onlyARun: "which of two paths a server uses: name it once, as a value of the node"),
    Defect(
      number: 25, what: "pods are scaled away without leaving the cluster",
      caught: [
        .init(file: "leave.yaml", line: 30, rule: "scale-without-effect"),
        .init(file: "leave.yaml", line: 33, rule: "scale-without-effect"),
      ]),
  ]
}
