import Expressions
import Model
import TestSupport
import Testing

/// Outputs of everyday tools, captured from them unless they are run here and now.
@Suite struct RealOutputTests {
  private func ask(_ output: String, _ format: OutputFormat, _ query: String) throws -> Value {
    try Query.compile(query).firstValue(format.parse(Array(output.utf8)))
  }

  @Test(arguments: [
    ("df.table", "map(.Filesystem)", #"["/dev/vda","tmpfs"]"#),
    ("df.table", "map(.Capacity | rtrimstr(\"%\") | tonumber | . < 100)", "[true,true]"),
    ("df.table", ".[] | select(.[\"Mounted on\"] == \"/\") | .Filesystem", #""/dev/vda""#),
    (
      "df.table", "[.[1][\"1024-blocks\"] == (.[1].Used | tonumber) + (.[1].Available | tonumber)]", "[false]"
    ),
    ("free.table", ".[] | select(.[\"\"] == \"Mem:\") | .total", #""24684092""#),
    ("free.table", "map(.available != null)", "[true,false]"),
    ("lsblk.table", "map([.NAME, .TYPE, .MOUNTPOINTS])", #"[["zram0","disk",null],["vda","disk","/"]]"#),
    ("ss.table", "map(.[\"Local Address:Port\"])", #"["127.0.0.1:12379","[::1]:12380"]"#),
    ("ss.table", "map([.State, .[\"Send-Q\"]])", #"[["LISTEN","128"],["LISTEN","5"]]"#),
    ("etcd-health.table", ".[0] | [.ENDPOINT, .HEALTH, .ERROR]", #"["http://127.0.0.1:23790","true",null]"#),
    ("etcd-members.json", ".members | map([.name, .isLearner])", #"[["n1",null]]"#),
    ("ip.json", ".[0].addr_info | map(.local)", #"["127.0.0.1","::1"]"#),
    ("etcd-fields.keys", "[.MemberID, .Version]", #"["3319814642761637952","3.4.23"]"#),
    (
      "lscpu.keys", "[.[\"CPU(s)\"], .[\"Byte Order\"], .[\"CPU op-mode(s)\"]]",
      #"["2","Little Endian","32-bit, 64-bit"]"#
    ),
    ("sysctl.keys", "[.[\"kernel.ostype\"], .[\"net.core.somaxconn\"]]", #"["Linux","4096"]"#),
    (
      "openssl.keys", "[.subject, (.notAfter | test(\" GMT$\"))]", #"["O = belay, CN = n1.example.com",true]"#
    ),
  ])
  func isUnderstood(name: String, query: String, answer: String) throws {
    let format: OutputFormat =
      name.hasSuffix(".table") ? .table : name.hasSuffix(".json") ? .json : .keys
    #expect(try ask(fixture("outputs/\(name)"), format, query).json() == answer)
  }

  @Test func readsLinesOfUptimeAndPasswd() throws {
    let load = OutputFormat.lines(
      pattern: "load average: (?<one>[0-9.]+), (?<five>[0-9.]+), (?<fifteen>[0-9.]+)")
    #expect(
      try ask(fixture("outputs/uptime.lines"), load, "map(.[] | tonumber >= 0) == [true, true, true]") == true
    )
    let users = OutputFormat.lines(
      pattern: "^(?<name>[^:]+):x:(?<uid>\\d+):\\d+:[^:]*:(?<home>[^:]*):(?<shell>.*)$")
    #expect(
      try ask(fixture("outputs/passwd.lines"), users, "map([.name, .uid, .home])").json()
        == #"[["root","0","/root"],["daemon","1","/usr/sbin"],["nobody","65534","/nonexistent"]]"#)
  }

  /// A whole page as etcd serves it: counters, gauges, histograms and summaries.
  @Test func readsAPageOfMetrics() throws {
    let page = try fixture("outputs/etcd-metrics-page.prometheus")
    let lines = page.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(try ask(page, .prometheus, "length") == .number(Double(lines.count)))
    #expect(
      try ask(page, .prometheus, "map(.type) | unique").json()
        == #"["counter","gauge","histogram","summary"]"#)
    #expect(
      try ask(page, .prometheus, "[.[] | select(.name == \"etcd_server_is_leader\") | .value]") == [1])
    // The buckets of a histogram only grow, and the last holds them all.
    let buckets = #"[.[] | select(.name == "etcd_disk_wal_fsync_duration_seconds_bucket")]"#
    #expect(try ask(page, .prometheus, "\(buckets) | map(.value) | . == sort") == true)
    #expect(try ask(page, .prometheus, "\(buckets) | last | .labels.le") == "+Inf")
    #expect(
      try ask(page, .prometheus, "[.[] | select(.name == \"no_such_metric\") | .value] | first") == .null)
  }

  /// The tools of this very machine: whatever they print today is read.
  @Test(arguments: [
    (
      "df -P /", OutputFormat.table,
      "length == 1 and (.[0].Capacity | endswith(\"%\")) and .[0][\"Mounted on\"] != null"
    ),
    ("cat /proc/meminfo", .keys, "(.MemTotal | rtrimstr(\" kB\") | tonumber) > 0"),
    ("cat /etc/os-release", .keys, ".ID != null and .NAME != null"),
    ("cat /proc/self/status", .keys, ".Name == \"cat\" and (.Pid | tonumber) > 0"),
    ("cat /proc/loadavg", .text, "split(\" \") | length == 5"),
    ("cat /proc/mounts", .lines(pattern: "^\\S+ (?<at>\\S+) (?<type>\\S+)"), "any(.at == \"/\")"),
    ("id -u", .json, ". >= 0"), ("printf '%s' '[1, {\"a\": null}]' | jq -c .", .json, ".[1].a == null"),
    (
      "stat -c 'mode=%a owner=%U' /etc/passwd | tr ' ' '\\n'", .keys,
      ".owner == \"root\" and .mode == \"644\""
    ),
  ])
  func readsWhatToolsPrintHere(command: String, format: OutputFormat, query: String) throws {
    let scratch = ScratchDirectory()
    try #require(shell("(\(command)) >'\(scratch.path)/out' 2>/dev/null") == 0, "\(command)")
    let output = String(decoding: scratch.read("out"), as: UTF8.self)
    #expect(try ask(output, format, query) == true, "\(command):\n\(output)")
  }
}
