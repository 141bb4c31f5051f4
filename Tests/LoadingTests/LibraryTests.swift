import Glibc
import Loading
import Model
import Testing

/// A directory of its own for one test, removed at its end.
private final class Scratch {
  let path: String
  private var made: [String] = []

  init() {
    var template = Array("/tmp/belay-loading-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, let made = unsafe mkdtemp(start) else { return "/nonexistent" }
      return unsafe String(cString: made)
    }
  }

  deinit {
    for made in made.reversed() { unsafe remove(made) }
    unsafe remove(path)
  }

  func write(_ name: String, _ bytes: some Sequence<UInt8>) {
    let full = "\(path)/\(name)"
    var end = full.startIndex
    while let slash = full[full.index(after: end)...].firstIndex(of: "/") {
      if unsafe mkdir(String(full[..<slash]), 0o755) == 0 { made.append(String(full[..<slash])) }
      end = slash
    }
    guard let file = unsafe fopen(full, "w") else { return }
    made.append(full)
    let content = Array(bytes)
    unsafe fwrite(content, 1, content.count, file)
    unsafe fclose(file)
  }

  func makePipe(_ name: String) {
    unsafe mkfifo("\(path)/\(name)", 0o600)
    made.append("\(path)/\(name)")
  }
}

@Suite struct LibraryTests {
  private let scratch = Scratch()
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

  private func fill() {
    scratch.write("b/etcd/system.yaml", system.utf8)
    scratch.write("b/etcd/add-node.yaml", runbook.utf8)
    scratch.write("b/etcd/templates/x.conf", "name=${node.name}\n".utf8)
    scratch.write("b/nats/drain.yaml", runbook.utf8)
  }

  @Test func findsARunbookWithAllItsParts() throws {
    fill()
    let result = library.loadRunbook("etcd/add-node")
    #expect(result.diagnostics == [])
    #expect(result.value?.system?.name == SystemName("etcd"))
    #expect(
      result.sources.map { $0.path.dropFirst(scratch.path.count) } == [
        "/b/etcd/add-node.yaml", "/b/etcd/templates/x.conf", "/b/etcd/system.yaml",
      ])
    #expect(library.entries().map(\.name.rawValue) == ["etcd/add-node", "nats/drain"])
  }

  @Test func findsItByItsPathToo() {
    fill()
    let result = RunbookLibrary(directories: []).loadRunbook("\(scratch.path)/b/etcd/add-node.yaml")
    #expect(result.diagnostics == [])
    #expect(result.value?.runbook.name == RunbookName("etcd/add-node"))
  }

  @Test func theFirstDirectoryWins() {
    fill()
    scratch.write("a/etcd/add-node.yaml", "runbook: etcd/add-node\nsummary: mine\nsteps: {}\n".utf8)
    #expect(
      library.loadRunbook("etcd/add-node").sources.first?.path == "\(scratch.path)/a/etcd/add-node.yaml")
  }

  private func caller(_ name: String, uses other: String) {
    scratch.write(
      "b/etcd/\(name).yaml",
      "runbook: etcd/\(name)\nsummary: s\nsteps:\n  it: { use: etcd/\(other), with: { node: n1 } }\n".utf8)
  }

  @Test func whatIsUsedIsLoadedToo() {
    fill()
    caller("grow", uses: "add-node")
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

  @Test func noRunbookUsesItself() {
    fill()
    caller("a", uses: "b")
    caller("b", uses: "c")
    caller("c", uses: "a")
    let diagnostics = library.loadRunbook("etcd/a").diagnostics
    #expect(diagnostics.map(\.code) == ["bad-use"])
    #expect(diagnostics.first?.help == "`belay check etcd/b` says more")
    let last = library.loadRunbook("etcd/b").diagnostics
    #expect(last.map(\.code) == ["bad-use"])
  }

  @Test func runbooksThatUseOneAnotherManyTimesAreReadOnce() {
    fill()
    // Two calls on each of seven levels: 128 ways to the last.
    for level in 0..<7 {
      let next = level < 6 ? "level\(level + 1)" : "add-node"
      let with = level < 6 ? "" : ", with: { node: n1 }"
      scratch.write(
        "b/etcd/level\(level).yaml",
        """
        runbook: etcd/level\(level)
        summary: s
        steps:
          a: { use: etcd/\(next)\(with) }
          b: { use: etcd/\(next)\(with) }
        """.utf8)
    }
    let result = library.loadRunbook("etcd/level0")
    #expect(result.diagnostics == [])
    #expect(result.sources.count == 10)
    caller("deep", uses: "level0")
    #expect(library.loadRunbook("etcd/deep").diagnostics.map(\.code).contains("bad-use"))
  }

  @Test func aMissingRunbookIsSuggested() {
    fill()
    let near = library.loadRunbook("etcd/ad-node").diagnostics
    #expect(near.map(\.code) == ["no-such-runbook"])
    #expect(near.first?.help == "did you mean \"etcd/add-node\"?")
    #expect(library.loadRunbook("add-node").diagnostics.first?.help == "did you mean \"etcd/add-node\"?")
    #expect(library.loadRunbook("zebra").diagnostics.first?.help == "`belay runbooks` lists those there are")
  }

  @Test func aMissingTemplateAndSystemAreSaid() {
    scratch.write("a/etcd/add-node.yaml", runbook.utf8)
    scratch.write("a/etcd/templates/x.cnf", "".utf8)
    let diagnostics = library.loadRunbook("etcd/add-node").diagnostics
    #expect(Set(diagnostics.map(\.code)) == ["no-such-template", "no-such-system"])
    #expect(diagnostics.first { $0.code == "no-such-template" }?.help == "did you mean \"x.cnf\"?")
  }

  @Test(arguments: ["../x.conf", "/etc/passwd", "", "a//b", "./x"])
  func aTemplateCannotLeaveItsDirectory(name: String) {
    fill()
    let text = runbook.split(separator: "x.conf").joined(separator: "\(Value.string(name).json())")
    scratch.write("b/etcd/add-node.yaml", text.utf8)
    #expect(library.loadRunbook("etcd/add-node").diagnostics.map(\.code) == ["bad-template"])
  }

  @Test func whatIsNoTextFileIsNamed() {
    scratch.write("utf16", [0xFF, 0xFE, 0x61, 0x00])
    scratch.write("latin1", Array("a: 1\nb: caf".utf8) + [0xE9, 0x0A])
    scratch.write("binary", [0x7F, 0x45, 0x4C, 0x46, 0x00])
    scratch.write("huge", repeatElement(0x61, count: 5 << 20))
    scratch.makePipe("pipe")
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
    #expect(problem("huge") == "too-large: /huge is larger than 4 MiB")
    #expect(problem("pipe") == "not-a-file: /pipe is not a regular file")
    #expect(problem("") == "not-a-file: / is a directory, not a file")
    #expect(problem("absent") == "no-such-file: /absent does not exist")
  }

  @Test func inventoriesAreFoundInFilesAndDirectories() {
    scratch.write("inv/a.yaml", "clusters: { a: { system: etcd, nodes: {} } }".utf8)
    scratch.write("inv/b.yml", "clusters: { b: { system: etcd, nodes: {} } }".utf8)
    let all = loadInventory(paths: ["\(scratch.path)/inv", "\(scratch.path)/inv/a.yaml"], home: nil)
    #expect(all.value?.clusters.map(\.name.rawValue) == ["a", "b"])
    let absent = loadInventory(paths: ["\(scratch.path)/inv/c.yaml"], home: nil)
    #expect(absent.diagnostics.map(\.code) == ["no-such-file"])
    #expect(absent.diagnostics.first?.help == "did you mean \"a.yaml\"?")
  }
}
