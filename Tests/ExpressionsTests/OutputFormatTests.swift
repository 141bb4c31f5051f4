import Expressions
import Model
import TestSupport
import Testing

/// Outputs of real tools, captured once, and what a query sees of them.
@Suite struct OutputFormatTests {
  private func parse(_ name: String, _ format: OutputFormat) throws -> Value {
    try format.parse(Array(fixture("outputs/\(name)").utf8))
  }

  private func ask(_ value: Value, _ query: String) throws -> Value {
    try Query.compile(query).firstValue(value)
  }

  @Test func readsKeysOfEtcdctl() throws {
    let status = try parse("etcd-status.keys", .keys)
    // A member's identifier is wider than a double: it stays text.
    #expect(status["MemberID"] == "3319814642761637952")
    #expect(status["Version"] == "3.4.23" && status["Endpoint"] == "http://127.0.0.1:23790")
    #expect(status["Errors"] == "[]" && status["nothing"] == nil)
    #expect(try ask(status, "(.RaftIndex | tonumber) > 3 and .nothing == null") == true)
  }

  @Test func readsKeysOfFiles() throws {
    #expect(try parse("meminfo.keys", .keys)["MemTotal"] == "24684092 kB")
    let release = try parse("os-release.keys", .keys)
    #expect(release["PRETTY_NAME"] == "Debian GNU/Linux 12 (bookworm)" && release["ID"] == "debian")
    #expect(release["HOME_URL"] == "https://www.debian.org/")
    let text = "# comment\n\n a : b : c \r\n x=1=2\n\"k:=e\" = \" v \"\nempty:\na: last\n"
    #expect(
      try OutputFormat.keys.parse(Array(text.utf8)) == ["a": "last", "x": "1=2", "k:=e": " v ", "empty": ""])
  }

  @Test func readsTablesOfEtcdctl() throws {
    let members = try parse("etcd-members.table", .table)
    #expect(
      members == [
        [
          "ID": "2e1259d415f2a040", "STATUS": "started", "NAME": "n1", "PEER ADDRS": "http://127.0.0.1:23800",
          "CLIENT ADDRS": "http://127.0.0.1:23790", "IS LEARNER": "false",
        ]
      ])
    let status = try parse("etcd-status.table", .table)
    #expect(try ask(status, "[.[0].ERRORS, .[0][\"DB SIZE\"]]") == [.null, "25 kB"])
  }

  @Test func readsTablesOfPsqlAndSystemctl() throws {
    let replicas = try parse("psql.table", .table)
    #expect(
      try ask(replicas, "map([.application_name, .replay_lag])") == [
        ["replica1", .null], ["replica2", "00:00:01.2"],
      ])
    let units = try parse("units.table", .table)
    #expect(try ask(units, "map(.SUB)") == ["running", "running", "dead"])
    // An empty cell leaves the ones behind it where they are.
    #expect(try ask(units, ".[2] | [.LOAD, .ACTIVE, .DESCRIPTION]") == ["loaded", .null, "Nightly backup"])
    #expect(try OutputFormat.table.parse([]) == [])
    #expect(try OutputFormat.table.parse(Array("A  B\n".utf8)) == [])
  }

  @Test func readsMetrics() throws {
    let metrics = try parse("etcd-metrics.prometheus", .prometheus)
    #expect(
      try ask(metrics, ".[] | select(.name == \"etcd_server_has_leader\") | [.value, .type, .labels]") == [
        1, "gauge", [:],
      ])
    #expect(
      try ask(metrics, "[.[] | select(.type == \"histogram\") | .labels.le] | map(values)") == [
        "0.001", "0.002", "+Inf",
      ])
    #expect(try ask(metrics, "[.[] | select(.type == \"summary\")] | length") == 7)
    #expect(
      try ask(metrics, ".[] | select(.name == \"odd\") | [(.value | isnan), .labels.path, .labels.msg]") == [
        true, "C:\\DIR\\x", "a\"b\nc",
      ])
    #expect(try ask(metrics, ".[] | select(.name == \"up\") | .value | isinfinite") == true)
    #expect(
      try ask(metrics, ".[] | select(.name == \"down\") | [.labels.a, .value < 0, .type]") == [
        "} b", true, "untyped",
      ])
    #expect(try ask(metrics, "first(.[] | select(.name == \"absent\") | .value)") == .null)
  }

  @Test func readsLines() throws {
    let pattern = "^(?<id>[0-9a-f]+), (?<state>\\w+), (?<name>[^,]*),(?<rest> x)?"
    let members = try parse("etcd-members.lines", .lines(pattern: pattern))
    #expect(members == [["id": "2e1259d415f2a040", "state": "started", "name": "n1", "rest": .null]])
    let lines = OutputFormat.lines(pattern: "(?<word>[a-z]+)$")
    #expect(try lines.parse(Array("a b\r\nX\n\nc".utf8)) == [["word": "b"], ["word": "c"]])
    #expect(try lines.parse([]) == [])
  }

  @Test func readsTextAndJSON() throws {
    #expect(try OutputFormat.text.parse(Array("a\nb\n\n".utf8)) == "a\nb\n")
    #expect(try OutputFormat.text.parse([0x61, 0xFF]) == "a\u{FFFD}")
    #expect(try parse("etcd-status.json", .json).arrayValue?.first?["Status"]?["version"] == "3.4.23")
  }

  @Test(arguments: [
    (OutputFormat.json, "", "the output is empty where JSON was expected"),
    (
      .json, "{\"a\":1}\n{\"a\":2}\n",
      "the output holds more than one JSON document: parse it with `lines`, or make one array of them"
    ),
    (.json, "{\"a\":\n 1,}", "the output is not JSON: expected a key in double quotes (line 2, byte 9)"),
    (.json, "\u{1B}[31moops", "the output is not JSON: not a JSON value (line 1, byte 0)"),
    (.keys, "a: 1\nno mark here", "line 2: expected `key: value` or `key = value`"),
    (.table, "A  A\n1  2", "line 1: two columns are named `A`"),
    (.table, "A  B\n1  2  3", "line 2: a row has 3 cells where the header has 2"),
    (.prometheus, "x 1\nx{a=b} 1", "line 2: expected a label's value in double quotes"),
    (.prometheus, "x{a=\"b} 1", "line 1: a label's value is never closed"),
    (.prometheus, "x one", "line 1: expected a number behind `x`"),
    (.prometheus, "x 1 soon", "line 1: expected a timestamp behind the value"),
    (.prometheus, "<html>", "line 1: expected the name of a metric"),
    (
      .lines(pattern: "(?<a>(a+)+)$"), String(repeating: "a", count: 5000) + "b",
      "line 1: the pattern of `lines` gives up: retry-limit-in-match over"
    ),
  ])
  func refuses(format: OutputFormat, output: String, message: String) {
    let error = #expect(throws: OutputError.self) { try format.parse(Array(output.utf8)) }
    #expect(error?.message == message)
    // What a terminal would act on never gets into a message.
    #expect(error?.excerpt?.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ?? true)
  }

  @Test func checksPatternsBeforehand() {
    #expect(throws: OutputError.self) { try OutputFormat.lines(pattern: "(").validate() }
    #expect(throws: OutputError.self) { try OutputFormat.lines(pattern: "(a)").validate() }
    #expect(throws: Never.self) { try OutputFormat.lines(pattern: "(?<a>a)").validate() }
  }

  /// Whatever a machine prints, reading it ends in a value or in an error.
  @Test func survivesAnyOutput() {
    var numbers = SeededRandom(seed: 11)
    let formats: [OutputFormat] = [
      .text, .json, .keys, .table, .prometheus, .lines(pattern: "(?<a>.)(?<b>\\d)?"),
    ]
    let pieces = Array("{}[]\",:=|+-# \t\n\r0a\\".utf8) + [0, 0xFF, 0xC3, 0x1B]
    for _ in 0..<5_000 {
      let output = (0..<Int.random(in: 0..<40, using: &numbers)).map { _ in
        pieces.randomElement(using: &numbers) ?? 0
      }
      for format in formats { _ = try? format.parse(output) }
    }
  }
}
