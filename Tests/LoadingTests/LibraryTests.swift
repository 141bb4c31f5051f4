import Glibc
import Loading
import Model
import TestSupport
import Testing

@Suite struct LibraryTests {
  private let scratch = ScratchDirectory()
  private let system = """
    system: etcd
    summary: s
    node: { client_port: 2379, client_url: "http://${address}:${client_port}" }
    observe: { ask: { all: { run: x } }, view: '.', identify: '$member.name == $node.name' }
    """
  private let runbook = """
    runbook: etcd/add-node
    summary: s
    inputs: { node: { type: node } }
    steps:
      write:
        act: t
        at: ${node}
        file: { path: /etc/x, template: x.conf }
    """

  private var library: RunbookLibrary {
    RunbookLibrary(directories: ["\(scratch.path)/a", "\(scratch.path)/b"])
  }

  private func fill() throws {
    _ = try scratch.write(system, to: "b/etcd/system.yaml")
    _ = try scratch.write(runbook, to: "b/etcd/add-node.yaml")
    _ = try scratch.write("name=${node.name}\n", to: "b/etcd/templates/x.conf")
    _ = try scratch.write(runbook, to: "b/nats/drain.yaml")
  }

  @Test func findsARunbookWithAllItsParts() throws {
    try fill()
    let result = library.loadRunbook("etcd/add-node")
    #expect(result.diagnostics == [])
    #expect(result.value?.system?.name == SystemName("etcd"))
    #expect(
      result.sources.map { $0.path.dropFirst(scratch.path.count) } == [
        "/b/etcd/add-node.yaml", "/b/etcd/templates/x.conf", "/b/etcd/system.yaml",
      ])
    #expect(library.entries().map(\.name.rawValue) == ["etcd/add-node", "nats/drain"])
  }

  @Test func findsItByItsPathToo() throws {
    try fill()
    let result = RunbookLibrary(directories: []).loadRunbook("\(scratch.path)/b/etcd/add-node.yaml")
    #expect(result.diagnostics == [])
    #expect(result.value?.runbook.name == RunbookName("etcd/add-node"))
  }

  @Test func aVerbIsFoundWithoutLoadingAll() throws {
    try fill()
    _ = try scratch.write(
      "verb: grow\nrunbook: etcd/enlarge\nsteps: { of: no, kind: 1 }", to: "a/etcd/enlarge.yaml")
    _ = try scratch.write("verb: drain\nsteps: {}", to: "a/etcd/drain.yaml")
    _ = try scratch.write("verb: drain\nsteps: {}", to: "b/nats/drain.yaml")
    _ = try scratch.write("verb: [not\n", to: "a/nats/broken.yaml")
    #expect(library.verbs == ["broken", "drain", "grow"])
    #expect(library.entry(giving: "grow")?.name == RunbookName("etcd/enlarge"))
    #expect(library.entry(giving: "drain", of: SystemName("nats"))?.name == RunbookName("nats/drain"))
    #expect(library.entry(giving: "drain", of: SystemName("redis")) == nil)
    #expect(library.knows(verb: "broken") && !library.knows(verb: "add-node"))
  }

  @Test func theFirstDirectoryWins() throws {
    try fill()
    _ = try scratch.write("runbook: etcd/add-node\nsummary: mine\nsteps: {}\n", to: "a/etcd/add-node.yaml")
    #expect(
      library.loadRunbook("etcd/add-node").sources.first?.path == "\(scratch.path)/a/etcd/add-node.yaml")
  }

  private func caller(_ name: String, uses other: String) throws {
    _ = try scratch.write(
      "runbook: etcd/\(name)\nsummary: s\nsteps:\n  it: { use: etcd/\(other), with: { node: n1 } }\n",
      to: "b/etcd/\(name).yaml")
  }

  @Test func whatIsUsedIsLoadedToo() throws {
    try fill()
    try caller("grow", uses: "add-node")
    let result = library.loadRunbook("etcd/grow")
    #expect(result.diagnostics == [])
    #expect(
      result.sources.map { $0.path.dropFirst(scratch.path.count) } == [
        "/b/etcd/grow.yaml", "/b/etcd/add-node.yaml", "/b/etcd/templates/x.conf", "/b/etcd/system.yaml",
      ])
    // By its path, without any library: what it uses lies beside it.
    let alone = RunbookLibrary(directories: []).loadRunbook("\(scratch.path)/b/etcd/grow.yaml")
    #expect(alone.diagnostics == [])
  }

  @Test func noRunbookUsesItself() throws {
    try fill()
    try caller("a", uses: "b")
    try caller("b", uses: "c")
    try caller("c", uses: "a")
    let diagnostics = library.loadRunbook("etcd/a").diagnostics
    #expect(diagnostics.map(\.code) == ["bad-use"])
    #expect(diagnostics.first?.help == "`belay check etcd/b` says more")
    let last = library.loadRunbook("etcd/b").diagnostics
    #expect(last.map(\.code) == ["bad-use"])
  }

  @Test func runbooksThatUseOneAnotherManyTimesAreReadOnce() throws {
    try fill()
    // Two calls on each of seven levels: 128 ways to the last.
    for level in 0..<7 {
      let next = level < 6 ? "level\(level + 1)" : "add-node"
      let with = level < 6 ? "" : ", with: { node: n1 }"
      _ = try scratch.write(
        """
        runbook: etcd/level\(level)
        summary: s
        steps:
          a: { use: etcd/\(next)\(with) }
          b: { use: etcd/\(next)\(with) }
        """, to: "b/etcd/level\(level).yaml")
    }
    let result = library.loadRunbook("etcd/level0")
    #expect(result.diagnostics == [])
    #expect(result.sources.count == 10)
    try caller("deep", uses: "level0")
    #expect(library.loadRunbook("etcd/deep").diagnostics.map(\.code).contains("bad-use"))
  }

  @Test func aMissingRunbookIsSuggested() throws {
    try fill()
    let near = library.loadRunbook("etcd/ad-node").diagnostics
    #expect(near.map(\.code) == ["no-such-runbook"])
    #expect(near.first?.help == "did you mean \"etcd/add-node\"?")
    #expect(library.loadRunbook("add-node").diagnostics.first?.help == "did you mean \"etcd/add-node\"?")
    #expect(library.loadRunbook("zebra").diagnostics.first?.help == "`belay runbooks` lists those there are")
  }

  @Test func aMissingTemplateAndSystemAreSaid() throws {
    _ = try scratch.write(runbook, to: "a/etcd/add-node.yaml")
    _ = try scratch.write("", to: "a/etcd/templates/x.cnf")
    let diagnostics = library.loadRunbook("etcd/add-node").diagnostics
    #expect(Set(diagnostics.map(\.code)) == ["no-such-template", "no-such-system"])
    #expect(diagnostics.first { $0.code == "no-such-template" }?.help == "did you mean \"x.cnf\"?")
  }

  @Test(arguments: ["../x.conf", "/etc/passwd", "", "a//b", "./x"])
  func aTemplateCannotLeaveItsDirectory(name: String) throws {
    try fill()
    let text = runbook.split(separator: "x.conf").joined(separator: "\(Value.string(name).json())")
    _ = try scratch.write(text, to: "b/etcd/add-node.yaml")
    #expect(library.loadRunbook("etcd/add-node").diagnostics.map(\.code) == ["bad-template"])
  }

  @Test func whatIsNoTextFileIsNamed() throws {
    _ = try scratch.write([0xFF, 0xFE, 0x61, 0x00], to: "utf16")
    _ = try scratch.write(Array("a: 1\nb: caf".utf8) + [0xE9, 0x0A], to: "latin1")
    _ = try scratch.write([0x7F, 0x45, 0x4C, 0x46, 0x00], to: "binary")
    _ = try scratch.write([UInt8](repeating: 0x61, count: 5 << 20), to: "huge")
    #expect(unsafe mkfifo(scratch.path(of: "pipe"), 0o600) == 0)
    func problem(_ name: String) -> String? {
      do throws(FileProblem) {
        _ = try readTextFile("\(scratch.path)/\(name)")
        return nil
      } catch {
        return "\(error.code): \(error.message.split(separator: scratch.path).last ?? "")"
      }
    }
    #expect(problem("utf16") == "not-utf8: /utf16 is saved as UTF-16")
    #expect(problem("latin1") == "not-utf8: /latin1 is not a UTF-8 text: line 2 holds other bytes")
    #expect(problem("binary") == "binary-file: /binary is a binary file: byte 4 is NUL")
    #expect(problem("huge") == "too-large: /huge is larger than 1 MiB")
    #expect(problem("pipe") == "not-a-file: /pipe is not a regular file")
    #expect(problem("") == "not-a-file: / is a directory, not a file")
    #expect(problem("absent") == "no-such-file: /absent does not exist")
  }

  @Test func inventoriesAreFoundInFilesAndDirectories() throws {
    _ = try scratch.write("clusters: { a: { system: etcd, nodes: {} } }", to: "inv/a.yaml")
    _ = try scratch.write("clusters: { b: { system: etcd, nodes: {} } }", to: "inv/b.yml")
    let all = loadInventory(paths: ["\(scratch.path)/inv", "\(scratch.path)/inv/a.yaml"], home: nil)
    #expect(all.value?.clusters.map(\.name.rawValue) == ["a", "b"])
    let absent = loadInventory(paths: ["\(scratch.path)/inv/c.yaml"], home: nil)
    #expect(absent.diagnostics.map(\.code) == ["no-such-file"])
    #expect(absent.diagnostics.first?.help == "did you mean \"a.yaml\"?")
  }
}
