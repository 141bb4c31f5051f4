import Editing
import Model
import Testing

/// Whole texts before and after, one for each habit of those who write such files by hand.
@Suite struct EditingTests {
  private func edit(
    _ text: String, _ format: SettingsFormat, set: [String: SettingValue] = [:], remove: [String] = []
  ) throws -> String {
    let edits =
      set.sorted { $0.key < $1.key }.map { SettingEdit(path($0.key), to: $0.value) }
      + remove.map { SettingEdit(path($0), to: nil) }
    return try editSettings(text, as: format, edits)
  }

  private func path(_ text: String) -> SettingPath { SettingPath(written: text) ?? SettingPath([]) }

  // MARK: TOML

  private let toml = """
    # The node.
    title = 'kept'   # and its comment

    [storage] # where data lives
    path = "/var/lib/x"   # change with care
    sizes = [
      1, # small
      2,
    ]

    # How it votes.
    [raft]
      tick_ms = 100
      peers.a = "10.0.0.1"

    [[listener]]
    port = 1

    """

  @Test func tomlKeepsWhatItDoesNotChange() throws {
    let changed = try edit(
      toml, .toml, set: ["storage.path": "/data", "raft.tick_ms": .integer(200), "raft.peers.b": "10.0.0.2"])
    #expect(
      changed
        == toml.replacing("\"/var/lib/x\"", with: "\"/data\"").replacing("= 100", with: "= 200")
        .replacing("\"10.0.0.1\"\n", with: "\"10.0.0.1\"\n  peers.b = \"10.0.0.2\"\n"))
  }

  @Test func tomlAddsToTheTableThatIsThere() throws {
    #expect(
      try edit(toml, .toml, set: ["storage.fsync": .bool(true)])
        == toml.replacing("  2,\n]\n", with: "  2,\n]\nfsync = true\n"))
    #expect(
      try edit(toml, .toml, set: ["level": "info"])
        == toml.replacing("comment\n", with: "comment\nlevel = \"info\"\n"))
    #expect(
      try edit(toml, .toml, set: ["metrics.http.port": .integer(9), "metrics.http.on": .bool(false)])
        == toml + "\n[metrics.http]\non = false\nport = 9\n")
  }

  @Test func tomlPutsTheFirstKeyAboveTheFirstTable() throws {
    #expect(
      try edit("# About.\n\n# Its table.\n[a]\nb = 1\n", .toml, set: ["x": .integer(1)])
        == "# About.\n\nx = 1\n\n# Its table.\n[a]\nb = 1\n")
  }

  @Test(arguments: [
    ("a = { b = 1, c = 2 }\n", "a.b", "a = { b = 9, c = 2 }\n"),
    ("a = { b = 1 }\n", "a.c.d", "a = { b = 1, c.d = 9 }\n"),
    ("a = {}\n", "a.b", "a = { b = 9 }\n"),
    ("\"a b\".c = 1", "\"a b\".c", "\"a b\".c = 9"),
    ("[a.b]\nx = 1", "a.y", "[a.b]\nx = 1\n\n[a]\ny = 9"),
    ("", "a.b", "[a]\nb = 9\n"),
    ("x = 1\r\n[a]\r\nb = 1\r\n", "a.c", "x = 1\r\n[a]\r\nb = 1\r\nc = 9\r\n"),
    ("n = 0x9\n", "n", "n = 0x9\n"),
    ("n = 09:00:00\n", "n", "n = 9\n"),
  ])
  func tomlSet(_ before: String, _ key: String, _ after: String) throws {
    #expect(try edit(before, .toml, set: [key: .integer(9)]) == after)
  }

  @Test(arguments: [
    ("storage.path", "path = \"/var/lib/x\"   # change with care\n"),
    ("storage.sizes", "sizes = [\n  1, # small\n  2,\n]\n"),
    ("raft.peers", "  peers.a = \"10.0.0.1\"\n"),
    ("raft", "[raft]\n  tick_ms = 100\n  peers.a = \"10.0.0.1\"\n"),
    ("nothing.here", ""),
  ])
  func tomlRemove(_ key: String, _ gone: String) throws {
    #expect(try edit(toml, .toml, remove: [key]) == (gone.isEmpty ? toml : toml.replacing(gone, with: "")))
  }

  // MARK: JSON

  @Test(arguments: [
    (
      "{\n    \"b\": 1,\n    \"a\": {}\n}\n", "a.c",
      "{\n    \"b\": 1,\n    \"a\": {\n        \"c\": 9\n    }\n}\n"
    ),
    ("{\n\t\"b\" : 1\n}", "c", "{\n\t\"b\" : 1,\n\t\"c\" : 9\n}"),
    ("{\"a\":{\"b\":1},\"c\":2}", "a.d", "{\"a\":{\"b\":1, \"d\":9},\"c\":2}"),
    ("{\"a\":1,\"c\":2}", "d", "{\"a\":1,\"c\":2,\"d\":9}"),
    ("{\"a\":9.0}", "a", "{\"a\":9}"), ("{\"a\": [1, 2]}", "a", "{\"a\": 9}"),
    ("", "a.b", "{\n  \"a\": {\n    \"b\": 9\n  }\n}\n"),
  ])
  func jsonSet(_ before: String, _ key: String, _ after: String) throws {
    #expect(try edit(before, .json, set: [key: .integer(9)]) == after)
  }

  @Test(arguments: [
    ("{\n  \"a\": 1,\n  \"b\": 2\n}", "a", "{\n  \"b\": 2\n}"),
    ("{\n  \"a\": 1,\n  \"b\": 2\n}", "b", "{\n  \"a\": 1\n}"),
    ("{\"a\": {\"b\": 1}}", "a.b", "{\"a\": {}}"), ("{\"a\": 1}", "a.b", "{\"a\": 1}"),
  ])
  func jsonRemove(_ before: String, _ key: String, _ after: String) throws {
    #expect(try edit(before, .json, remove: [key]) == after)
  }

  // MARK: YAML

  private let yaml = """
    # The node.
    name: n1   # its name
    storage:
        # where data lives
        path: "/var/lib/x"
        args: [a, 'b']
    text: |
      a: 1
        # no comment

    peers:
    - host: a
      port: 1
    empty:
    """ + "\n"

  @Test func yamlKeepsWhatItDoesNotChange() throws {
    let changed = try edit(
      yaml, .yaml,
      set: [
        "name": "n2", "storage.path": "/data: 1", "storage.args": .list(["c", .integer(1)]), "empty": "x",
      ])
    #expect(
      changed
        == yaml.replacing("name: n1 ", with: "name: n2 ").replacing("/var/lib/x", with: "/data: 1")
        .replacing("[a, 'b']", with: "[c, 1]").replacing("empty:", with: "empty: x"))
  }

  @Test(arguments: [
    ("storage.fsync", "    args: [a, 'b']\n", "    args: [a, 'b']\n    fsync: 9\n"),
    ("empty.a.b", "empty:\n", "empty:\n    a:\n        b: 9\n"),
    ("new.key", "empty:\n", "empty:\nnew:\n    key: 9\n"),
    ("text", "|\n  a: 1\n    # no comment\n", "9\n"),
    ("peers", "peers:\n- host: a\n  port: 1\n", "peers: 9\n"),
  ])
  func yamlSet(_ key: String, _ old: String, _ new: String) throws {
    #expect(try edit(yaml, .yaml, set: [key: .integer(9)]) == yaml.replacing(old, with: new))
  }

  @Test(arguments: [
    ("a: {b: 1}\n", "a.c", "a: {b: 1, c: 9}\n"),
    ("{\"a\": {\n  \"b\": 1\n}}\n", "a.c", "{\"a\": {\n  \"b\": 1,\n  c: 9\n}}\n"),
    ("---\n# nothing yet\n", "a.b", "---\n# nothing yet\na:\n  b: 9\n"),
    ("a: one\n  two\nb: 1", "a", "a: 9\nb: 1"),
    ("- 1\n", "", ""), ("a:\n  - x\n  - y\n", "a", "a: 9\n"),
    ("a:   # why\n  b: 1\n", "a.c", "a:   # why\n  b: 1\n  c: 9\n"),
  ])
  func yamlForms(_ before: String, _ key: String, _ after: String) throws {
    if key.isEmpty {
      #expect(throws: EditError.self) { try edit(before, .yaml, set: ["a": "b"]) }
    } else {
      #expect(try edit(before, .yaml, set: [key: .integer(9)]) == after)
    }
  }

  @Test(arguments: [
    ("name", "name: n1   # its name\n", ""), ("peers", "peers:\n- host: a\n  port: 1\n", ""),
    ("text", "text: |\n  a: 1\n    # no comment\n", ""), ("nothing", "", ""),
  ])
  func yamlRemove(_ key: String, _ old: String, _ new: String) throws {
    #expect(try edit(yaml, .yaml, remove: [key]) == (old.isEmpty ? yaml : yaml.replacing(old, with: new)))
    #expect(try edit("a:\n  b: 1\nc: 2\n", .yaml, remove: ["a.b"]) == "a: {}\nc: 2\n")
  }

  // MARK: INI and environment files

  @Test(arguments: [
    ("[a]\nx=1\n; why\n[b]\n", "a.y", "[a]\nx=1\ny=9\n; why\n[b]\n"),
    ("[a]\nx = 1\n", "c.y", "[a]\nx = 1\n\n[c]\ny = 9\n"),
    ("[a]\nx : 1\n  more\ny: 2\n", "a.x", "[a]\nx : 9\ny: 2\n"),
    (
      "[Unit]\nAfter=a\nAfter=b\n[Service]\n", "Service.User", "[Unit]\nAfter=a\nAfter=b\n[Service]\nUser=9\n"
    ),
    ("[a]\nskip\n", "a.skip", "[a]\nskip = 9\n"), ("", "a.b", "[a]\nb = 9\n"),
    ("[a.b]\n", "\"a.b\".c", "[a.b]\nc = 9\n"),
  ])
  func iniSet(_ before: String, _ key: String, _ after: String) throws {
    #expect(try edit(before, .ini, set: [key: .integer(9)]) == after)
  }

  @Test(arguments: [
    ("# why\nA=1\nexport B=\"x y\"\n", "B", "# why\nA=1\nexport B='it is'\n"), ("A=1", "B", "A=1\nB='it is'"),
    ("A='it is'\n", "A", "A='it is'\n"), ("A=\"it is\" \nB=2\n", "A", "A=\"it is\" \nB=2\n"),
    ("A=\n", "A", "A='it is'\n"),
  ])
  func envSet(_ before: String, _ key: String, _ after: String) throws {
    #expect(try edit(before, .env, set: [key: "it is"]) == after)
  }

  @Test func envRemove() throws {
    #expect(try edit("A=1\nexport B='x\ny'\nC=3\n", .env, remove: ["B", "D"]) == "A=1\nC=3\n")
  }

  // MARK: Refusals

  @Test(arguments: [
    (SettingsFormat.toml, "a = 1\nb = 2\na = 3\n", "x", "3:1: a is there twice in the same table"),
    (.toml, "[a]\n[b]\n [a]\n", "x", "3:2: the table [a] is there twice"),
    (.toml, "a = 1\nb = yes\n", "x", "2:5: a text stands in quotes"),
    (.toml, "a = \"x\nb = 1\n", "x", "1:5: this text does not end"),
    (.toml, "a = 1 b = 2\n", "x", "1:7: the line must end here"),
    (.toml, "a.b = 1\n[a.b]\n", "x", "1:1: a.b is a value and a table at once"),
    (.toml, "a = 1\n", "a.b", "1:1: a is a value here and no table"),
    (.toml, "[a]\nb = 1\n", "a", "1:1: a is a table here"),
    (.toml, "[[a]]\nb = 1\n", "a.b", "1:1: a is a list of tables"),
    (.json, "{\"é\": 1, \"a\" 2}", "x", "1:14: a colon must stand behind the key"),
    (.json, "{\"a\": 1,\n \"a\": 2}", "x", "2:2: a is there twice"),
    (.json, "{\"a\": 1} // why", "x", "1:10: more text stands behind the value"),
    (.json, "[1]", "x", "1:1: the file holds no object"),
    (.yaml, "a: 1\n b: 2\n", "x", "2:3: a colon makes this a key"),
    (.yaml, "a:\n\tb: 1\n", "x", "2:1: a tab cannot indent"),
    (.yaml, "a: 1\na: 2\n", "x", "2:1: a is there twice"),
    (.yaml, "a: 1\n---\nb: 2\n", "x", "2:1: a second document starts here"),
    (.yaml, "a: &x 1\nb: *x\n", "a", "1:4: a has an anchor"),
    (.yaml, "a: [1, 2\nb: 1\n", "x", ": "),
    (.yaml, "? a\n: b\n", "x", "1:1: keys behind ?"),
    (.yaml, "a: 'x\n", "x", "1:4: this text does not end"),
    (.yaml, "a:\n  b: 1\n", "a", "2:3: a is a mapping here"),
    (.ini, "[a\n", "x", "1:1: ] is missing"),
    (.ini, "[s]\na=1\na=2\n", "s.a", "3:1: a is there several times"),
    (.ini, "[s]\nPort=1\n", "s.port", "2:1: Port stands here"),
    (.ini, "[s]\nE=a \\\n b\n", "s.E", "2:1: a line ends with \\"),
    (.ini, "[s]\n", "a.b.c", "a.b.c names no key"),
    (.env, "A=1\nnonsense\n", "x", "2:1: a line must be a comment or KEY=value"),
    (.env, "A=1 # x\n", "A", "1:5: a shell and systemd disagree"),
    (.env, "A='x\n", "A", "1:3: this text does not end"),
    (.json, "{\"a\u{1}\": 1}", "a", "1:4: a control character"),
    (.toml, "a = 1\rb = 2\n", "a", "1:6: a control character"),
    (.yaml, "a: x\u{2028}b: 1\n", "a", "1:5: a character stands here that ends a line"),
  ])
  func refusals(_ format: SettingsFormat, _ text: String, _ key: String, _ message: String) throws {
    let error = #expect(throws: EditError.self) { try edit(text, format, set: [key: "new"]) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
  }

  @Test(arguments: SettingsFormat.allCases) func depthIsBounded(_ format: SettingsFormat) throws {
    let deep = String(repeating: "[", count: 100_000)
    _ = try? edit("a = \(deep)", format, set: ["a": "b"])
    _ = try? edit("a: \(deep)", format, set: ["a": "b"])
    _ = try? edit(String(repeating: "- ", count: 50_000), format, set: ["a": "b"])
    _ = try? edit("{\"a\":" + deep, format, set: ["a": "b"])
  }

  @Test func pathsAreRead() {
    #expect(SettingPath(written: "a.\"b.c\".d")?.names == ["a", "b.c", "d"])
    #expect(SettingPath(written: "a.'b c'")?.description == "a.\"b c\"")
    for text in ["", ".", "a.", ".a", "a..b", "\"a", "a\"b\"", "a b"] {
      #expect(SettingPath(written: text) == nil)
    }
  }
}

extension SettingValue: ExpressibleByStringLiteral {
  package init(stringLiteral value: String) { self = .string(value) }
}
