import Loading
import Model
import TestSupport
import Testing

/// `belay check PATH`: a file is known for what it is.
@Suite struct CheckTargetTests {
  private let scratch = ScratchDirectory()

  private func write(_ files: [String: String]) throws {
    for (path, text) in files { _ = try scratch.write(text, to: path) }
  }

  private func targets(_ path: String) throws -> [CheckTarget] {
    try checkTargets(at: scratch.path(of: path))
  }

  @Test func filesAreKnownByTheirKeys() throws {
    try write([
      "a.yaml": "steps: {}\n", "b.yml": "observe: {}\n", "c.yaml": "clusters: {}\n", "d.yaml": "[",
      "runbooks/x/system.yaml": "", "runbooks/x/go.yaml": "clusters: {}\n", "notes.txt": "none",
    ])
    let path = scratch.path(of:)
    #expect(try targets("a.yaml") == [.runbook(path("a.yaml"))])
    #expect(try targets("b.yml") == [.system(path("b.yml"))])
    #expect(try targets("c.yaml") == [.inventory(path("c.yaml"))])
    #expect(try targets("d.yaml") == [.runbook(path("d.yaml"))])
    #expect(
      try targets(".").map { String(describing: $0).split(separator: "/").last } == [
        "a.yaml\")", "b.yml\")", "c.yaml\")", "d.yaml\")",
      ])
    #expect(
      try targets("runbooks") == [
        .runbook(path("runbooks/x/go.yaml")), .system(path("runbooks/x/system.yaml")),
      ])
    #expect(
      Set(try targets("runbooks/x")) == [
        .inventory(path("runbooks/x/go.yaml")), .system(path("runbooks/x/system.yaml")),
      ])
    #expect(try checkTargets(at: "etcd/add-node") == [.runbook("etcd/add-node")])
    _ = try scratch.write("", to: "empty/notes.txt")
    #expect(throws: FileProblem.self) { try targets("empty") }
  }

  @Test func aSystemIsCalledLikeItsDirectory() throws {
    try write(["etcd/system.yaml": "system: other\n", "other.yaml": "observe: {}\nsystem: any\n"])
    let wrong = loadSystem(path: scratch.path(of: "etcd/system.yaml"))
    #expect(wrong.diagnostics.contains { $0.code == "wrong-name" }, "\(wrong.diagnostics)")
    let free = loadSystem(path: scratch.path(of: "other.yaml"))
    #expect(!free.diagnostics.isEmpty && !free.diagnostics.contains { $0.code == "wrong-name" })
    #expect(loadSystem(path: scratch.path(of: "none.yaml")).diagnostics.map(\.code) == ["no-such-file"])
  }
}
