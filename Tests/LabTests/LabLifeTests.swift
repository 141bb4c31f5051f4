import Lab
import Model
import Platform
import Testing

@Suite(.serialized) struct LabLifeTests {
  @Test(.enabled(if: Host.isRoot, "machines of their own need root"))
  func labsDoNotTouchEachOther() async throws {
    let first = try await LabControl.up(single("first"))
    let second = try await LabControl.up(single("second"))
    #expect(try await LabControl.down(directory: first.directory))
    let ofFirst = try await leftovers(of: first.id, first.directory)
    #expect(ofFirst == [])
    #expect(try await second.output("n1", "hostname") == "n1")

    // Half of it already gone, as after a kill in the middle of `down`.
    _ = try await Subprocess("ip", ["netns", "delete", "belay-\(second.id)-n1"]).run()
    #expect(try await LabControl.down(directory: second.directory))
    let ofSecond = try await leftovers(of: second.id, second.directory)
    #expect(ofSecond == [])
  }

  @Test(.enabled(if: Host.isRoot, "machines of their own need root"))
  func cancellingUpLeavesNothing() async throws {
    let spec = single("cancelled")
    let task = Task { try await LabControl.up(spec) }
    var id = ""
    let isUnderWay = try await eventually {
      guard let text = try? readFile("\(spec.directory)/lab.json", limit: 10_000),
        let record = try? JSONReader.parse(text)
      else { return false }
      id = record["id"]?.stringValue ?? ""
      return fileKind("\(spec.directory)/nodes/n1/log") != nil
    }
    #expect(isUnderWay)
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    let left = try await leftovers(of: id, spec.directory)
    #expect(left == [])
  }

  private func single(_ name: String) -> LabSpec {
    LabSpec(members: 1, spares: 0, directory: labDirectory(name), kind: .machines)
  }

  @Test func aDirectoryWithoutALabIsNoError() async throws {
    #expect(try await LabControl.down(directory: "/tmp/no-such-lab") == false)
    #expect(try await LabControl.status(directory: "/tmp/no-such-lab") == nil)
    await #expect(throws: LabError.self) {
      try await LabControl.fault(directory: "/tmp/no-such-lab", node: "n1", kind: .linkUp)
    }
  }

  @Test(arguments: [
    LabSpec(system: "zookeeper", directory: "x"), LabSpec(members: 0, directory: "x"),
    LabSpec(spares: -1, directory: "x"), LabSpec(members: .max, spares: .max, directory: "x"),
    LabSpec(directory: "x", name: "a: b"),
  ])
  func nonsenseIsRefused(spec: LabSpec) async {
    await #expect(throws: LabError.self) { try await LabControl.up(spec) }
  }

  /// `down` kills what the record names: a damaged or foreign one must not be believed.
  @Test(arguments: [
    "", "{}", "[1]",
    #"{"format":1,"id":"abc123","phase":"up","kind":"machines","system":"etcd","cluster":"lab","user":"root","port":22,"network":"10.0.0","nodes":[],"control_groups":["/sys/fs/cgroup"]}"#,
  ])
  func aForeignRecordIsRefused(text: String) async throws {
    let directory = labDirectory("foreign")
    try makeDirectory(directory)
    try replaceFile("\(directory)/lab.json", with: Array(text.utf8))
    await #expect(throws: LabError.self) { try await LabControl.down(directory: directory) }
    try removeFile("\(directory)/lab.json")
    try removeEmptyDirectory(directory)
  }

  @Test func faultsHaveNames() throws {
    for word in LabFault.words where !word.contains(" ") { _ = try LabFault([word]) }
    #expect(try LabFault(["drop-from", "n2"]) == .dropFrom("n2"))
    for words in [[], ["drop-from"], ["link-down", "n1"], ["explode"]] {
      #expect(throws: LabError.self) { try LabFault(words) }
    }
  }
}
