import Loading
import Model
import Testing

/// Where a word stands decides what it means: in quotes, in a here-document, in a comment, behind other programs.
@Suite struct LintOddCaseTests {
  /// Nothing to say: each of these only looks like what a rule is about.
  @Test(arguments: [
    "echo 'rm -rf /'",
    "echo rm -rf /var/lib/etcd",
    "# rm -rf /; sleep 5",
    "cat <<'EOF'\nrm -rf /\nsleep 5\nkill -9 1\nEOF",
    "printf '%s\\n' \"journalctl -f\" watch vi",
    "grep -q 'member add' /var/log/etcd.log",
    "journalctl -u etcd -n 20 | grep 'member remove'",
    "timeout 10 ping ${node.address}",
    "timeout 30 sh -c 'until etcdctl endpoint health; do sleep 1; done'",
    "i=0; until etcdctl endpoint health; do i=$((i + 1)); [ \"$i\" -lt 30 ] || exit 1; sleep 1; done",
    "while read -r line; do echo \"$line\"; done </etc/hosts",
    "ls /etc | while read -r f; do echo \"$f\"; done",
    "grep -qx active /tmp/state",
    "grep -w active /tmp/state",
    "grep inactive /tmp/state",
    "systemctl is-active --quiet etcd",
    "systemctl status etcd --no-pager",
    "rm -rf /var/lib/apt/lists/*", "nc -z localhost 2381",
    "ETCD_INITIAL_CLUSTER_TOKEN=orders etcdctl version",
    "case $1 in stop) echo kill ;; esac",
    "top -b -n 1",
    "tail -n 20 /var/log/etcd.log",
    "dd if=/dev/sda of=/dev/null bs=1M count=1",
    "nc -z -w 3 ${node.address} 2380",
    "nc -zu ${node.address} 18183",
    "read -r a b </proc/loadavg && echo \"$a\"",
    "scp /etc/pki/certs/ca.crt ${node.address}:/etc/pki/certs/",
    "chmod 644 /etc/etcd/ca.crt",
    "mysql --defaults-extra-file=/root/.my.cnf -e 'select 1'",
    "curl -fsS -H @/etc/etcd/token.header https://localhost:2379/health",
    "find /var/log -name '*.gz'",
    "cd /srv && rm -f -- a.old",
    "kill -0 1",
    "latest=$(ls /b | head -1); [ -n \"$latest\" ] || exit 1; tar -tf \"/b/$latest\"",
    "iptables -S INPUT",
    "echo '[x]' > /tmp/a.toml",
    "ping -c 3 -W 1 ${node.address}",
    "ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub",
    "kubectl get pods -o wide",
    "tmp=$(mktemp -d) && cp /etc/hosts \"$tmp\" && rm -rf \"$tmp\"",
    "exec 3</dev/null; sleep 30 & wait",
  ])
  func nothingIsSaidOfWhatOnlyLooksAlike(_ command: String) {
    #expect(findings(command) == [])
  }

  /// What a rule is about, however it is wrapped; and the words it points at.
  @Test(arguments: [
    ("sudo -n timeout 5 kill -9 1", ["kill-hard: -9"]),
    ("env A=b nice -n 5 kill -KILL 1", ["kill-hard: -KILL"]),
    ("sh -c 'kill -9 1'", ["kill-hard: -9"]),
    ("bash -ec \"kill -s KILL 1\"", ["kill-hard: KILL"]),
    ("x=$(kill -9 1)", ["kill-hard: -9"]),
    ("x=`kill -9 1`", ["kill-hard: -9"]),
    ("if true; then { ( kill -9 1 ) }; fi", ["kill-hard: -9"]),
    ("for i in 1 2; do kill -9 $i; done", ["kill-hard: -9"]),
    ("true && kill -9 1 || true", ["kill-hard: -9"]),
    ("/bin/kill -9 1", ["kill-hard: -9"]),
    ("cat <<EOF\n$(kill -9 1)\nEOF", ["kill-hard: -9"]),
    ("kubectl exec p -- kill -9 1", ["kill-hard: -9"]),
    ("echo a | xargs -n 1 kill -9", ["kill-hard: -9"]),
    ("kill \\\n  -9 1", ["kill-hard: -9"]),
    ("sudo -u etcd ls", ["sudo-password: sudo"]),
    ("sleep 5", ["fixed-sleep: sleep"]),
    ("until true; do sleep 1; done", ["unbounded-loop: until"]),
    ("while :; do etcdctl endpoint health && break; sleep 1; done", ["unbounded-loop: while"]),
    ("ping ${node.address}", ["never-returns: ping"]),
    ("tail -F /var/log/x", ["never-returns: -F"]),
    ("iostat -x 1", ["never-returns: 1"]),
    ("kubectl logs p -f", ["never-returns: -f"]),
    ("kubectl get pods -w", ["never-returns: -w"]),
    ("kubectl exec -it p -- bash", ["needs-a-person: -it"]),
    ("docker run -it alpine", ["needs-a-person: -it"]),
    ("vi /etc/hosts", ["needs-a-person: vi"]),
    ("ssh ${node.address}", ["needs-a-person: ssh"]),
    ("read answer", ["needs-a-person: read"]),
    ("rm -rf /", ["rm-of-root: /"]),
    ("rm -rf \"/var/log/\"*", ["rm-of-root: \"/var/log/\"*"]),
    ("rm -r -f -- /etc", ["rm-of-root: /etc"]),
    ("rm -rf $X", ["rm-of-variable: $X"]),
    ("rm -rf \"$X/cache\"", ["rm-of-variable: \"$X/cache\""]),
    (
      "rm -rf /var/lib/etcd/member",
      ["wipe-without-effect: /var/lib/etcd/member", "wipe-before-copy: /var/lib/etcd/member"]
    ),
    ("rm -rf -- ${node.cache}", ["rm-of-reference: ${node.cache}"]),
    ("mkfs -t ext4 /dev/sdb", ["disk-overwrite: mkfs"]),
    ("dd if=/dev/zero of=/dev/sdb", ["disk-overwrite: of=/dev/sdb"]),
    ("cd /x\nrm -f *.old", ["rm-after-cd: *.old"]),
    ("systemctl list-units | grep -c active", ["grep-active: active"]),
    ("kubectl get nodes | grep Ready", ["grep-active: Ready"]),
    ("nc -z h ${node.gossip_port}", ["tcp-probe-of-udp: ${node.gossip_port}"]),
    ("curl -s http://localhost/x", ["curl-without-fail: curl"]),
    ("etcdctl get a | tee /tmp/a", ["lost-failure: tee"]),
    ("find . -name *.log", ["unquoted-pattern: *.log"]),
    ("mysql -phunter2 -e x", ["secret-in-command: -phunter2"]),
    ("curl -f -u a:b http://localhost/", ["secret-in-command: a:b"]),
    (
      "curl -f -H 'Authorization: Bearer abcdefgh' http://localhost/",
      ["secret-in-command: 'Authorization: Bearer abcdefgh'"]
    ),
    ("PGPASSWORD=hunter2 psql -c x", ["secret-in-command: hunter2"]),
    ("aws configure set aws_access_key_id AKIAABCDEFGHIJKLMNOP", ["secret-in-command: AKIAABCDEFGHIJKLMNOP"]),
    ("curl -fk https://localhost/", ["insecure-transport: -fk"]),
    ("chmod 0644 /etc/x/node.key", ["readable-key: 0644"]),
    ("echo '[storage]' >> /etc/x.toml", ["append-section: /etc/x.toml"]),
    ("printf '[a]\\nb=1\\n' | tee -a /etc/x.ini", ["append-section: /etc/x.ini"]),
    ("curl -f http://10.1.2.3/x", ["hard-coded-node: http://10.1.2.3/x"]),
    ("reboot", ["stop-without-effect: reboot"]),
    ("systemctl restart etcd.service", ["stop-without-effect: etcd.service"]),
    ("systemctl stop ${node.unit}", ["stop-without-effect: ${node.unit}"]),
    ("systemctl disable --now etcd", ["stop-without-effect: etcd"]),
    ("systemctl stop node_exporter", []),
  ])
  func aRuleSeesThroughWhatIsAroundACommand(_ command: String, _ expected: [String]) {
    #expect(findings(command) == expected)
  }

  /// The same commands where nothing may be changed.
  @Test(arguments: [
    ("systemctl stop node_exporter", ["write-in-check: stop"]),
    ("echo x > /etc/x", ["write-in-check: /etc/x"]),
    ("echo x | tee /etc/x", ["write-in-check: tee"]),
    ("rm -f /etc/x", ["write-in-check: rm"]),
    ("sed -i s/a/b/ /etc/x", ["write-in-check: -i"]),
    ("curl -f -X POST http://localhost/v1/sync", ["write-in-check: POST"]),
    ("curl -f -d '{}' http://localhost/v1/assert", ["write-in-check: -d"]),
    ("kubectl delete pod p", ["write-in-check: delete"]),
    ("etcdctl put a b", ["write-in-check: put"]),
    ("echo x > /dev/null 2>&1", []),
    ("echo x >&2", []),
    ("t=$(mktemp); echo x > \"$t\"; rm -f \"$t\"", []),
    ("echo x > /tmp/x", []),
    ("curl -f -X POST http://localhost/v1/query -d '{}'", []),
    ("systemctl is-enabled etcd", []),
    ("sed -n 1p /etc/x", []),
    ("kubectl apply --dry-run=server -f x", []),
    ("[ a \\> b ]", []),
    ("awk '$1 > 3' /etc/x", []),
  ])
  func aCheckOnlyLooks(_ command: String, _ expected: [String]) {
    #expect(findings(command, act: false) == expected)
  }

  @Test func anEffectQuietensTheRuleThatAsksForIt() {
    let stop = "effect: { stop: \"${node}\" }"
    #expect(findings("systemctl stop etcd", more: stop) == [])
    #expect(
      findings("systemctl stop etcd", at: "members", more: "effect: { stop: members }") == [
        "all-at-once: etcd"
      ])
    let remove = "effect: { remove: \"${node}\" }"
    #expect(findings("etcdctl member remove 1", at: "leader", more: remove) == [])
    #expect(findings("x-client member-remove 1", more: remove) == ["change-not-at-leader: member-remove"])
  }

  /// A loop of the runbook is looked into; one that verifies nothing is no better than a loop of the shell.
  @Test func stepsOfLoopsAreLookedAtToo() {
    let loop = """
      rolling:
        for: { member: members }
        steps:
          # belay: allow kill-hard because it is an example
          restart:
            act: Restart it
            at: ${member}
            effect: { stop: "${member}" }
            run: systemctl restart etcd; kill -9 1
            rollback: none
            because: a restart leaves nothing behind
      """
    let found = diagnostics(ofRunbook: lintedRunbook(steps: loop)).map {
      "\($0.location?.line ?? 0) \($0.code)"
    }
    #expect(found == ["14 all-at-once"])
  }

  /// Nothing of this may end the program or take long.
  @Test(arguments: [
    String(repeating: "sudo ", count: 3000), String(repeating: "$(", count: 3000),
    String(repeating: "sh -c '", count: 500),
    String(repeating: "eval \"", count: 300), String(repeating: "if ", count: 3000), "ssh", "ssh -p", "sudo",
    "timeout",
    "xargs", "kubectl exec", "docker exec", "nix -c", "curl -X", "find -name", "case a in", ">", "rm -rf",
    "[", "read <",
    String(repeating: "rm -rf $x; ", count: 3000), "env -u", "watch", "cd", "tee -a", "=x", "x= y", "for",
    "for x in",
  ])
  func nothingTrapsOnOddCommands(_ command: String) {
    _ = findings(command)
    _ = findings(command, act: false)
  }
}
