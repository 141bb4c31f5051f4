import Model
import Testing

@testable import Planning

/// Guarantee 9: whatever part of a reviewed plan is another one, the digest is another one and the part is named.
@Suite struct DifferenceTests {
  struct Change: Sendable, CustomTestStringConvertible {
    var part: String
    var says: String
    var make: @Sendable (inout Plan) -> Void

    var testDescription: String { part }
    init(_ part: String, _ says: String, _ make: @escaping @Sendable (inout Plan) -> Void) {
      (self.part, self.says, self.make) = (part, says, make)
    }
  }

  private static func step(_ id: String, _ change: @escaping @Sendable (inout PlannedStep) -> Void)
    -> @Sendable (inout Plan) -> Void
  {
    { plan in
      for index in plan.steps.indices where plan.steps[index].id.rawValue == id { change(&plan.steps[index]) }
    }
  }

  /// Made once: loading the runbook takes longer than all that is done with it.
  private static let addNode = Result { try EtcdScenario.addNode.plan() }
  private static let n9 = NodeName("n9")

  static let changes: [Change] = [
    Change("runbook", "is no longer read") { $0.sources["runbooks/x.yaml"] = "0" },
    Change("a file that is read now", "is read now") { $0.sources[$0.sources.keys.min() ?? ""] = nil },
    Change("input", "input patience was 3m and is 2m") { $0.inputs["patience"] = .value("3m") },
    Change("one input more", "input extra was 1 and is absent") { $0.inputs["extra"] = .value(1) },
    Change("node gone", "node n9 is no longer in the inventory") { plan in
      var node = plan.nodes[0]
      node.name = n9
      plan.nodes.append(node)
    },
    Change("node new", "node n5 is new in the inventory") { $0.nodes.removeLast() },
    Change("state", "the settings of n1 in the inventory have changed: state was \"spare\" and is \"member\"")
    {
      $0.nodes[0].state = .spare
    },
    Change("port", "ssh.port was 2222 and is absent") { $0.nodes[0].ssh.port = 2222 },
    Change("login", "ssh.user was \"admin\" and is \"root\"") { $0.nodes[0].ssh.user = "admin" },
    Change("key file", "ssh.identity was [\"k\"] and is absent") { $0.nodes[0].ssh.identityFiles = ["k"] },
    Change("known hosts", "ssh.known_hosts was") { $0.nodes[0].ssh.knownHostsFiles = ["k"] },
    Change("agent", "ssh.agent was false") { $0.nodes[0].ssh.useAgent = false },
    Change("connecting", "ssh.connect_timeout was 3") { $0.nodes[0].ssh.connectTimeoutSeconds = 3 },
    Change("another host", "ssh.host was \"h\"") { $0.nodes[0].ssh.host = "h" },
    Change("danger", "what will be lost was all of it and is nothing") { $0.danger = "all of it" },
    Change("approval", "it was to be approved by 2 of s and is by nobody") {
      $0.approval = PlanApproval(required: 2, allowedSigners: "s")
    },
    Change("author", "it was to be approved by") {
      $0.approval = PlanApproval(required: 2, allowedSigners: "s", author: "a")
    },
    Change("step gone", "step more (") { plan in
      var step = plan.steps[0]
      step.id = StepID("more")
      plan.steps.append(step)
    },
    Change("step new", "is new") { $0.steps.removeLast() },
    Change("order", "the steps would run in another order") { $0.steps.swapAt(0, 1) },
    Change(
      "command", "instead of \"rm -rf /\"",
      step("join") { step in
        guard case .command(var command) = step.tasks[0].work else { return }
        command.display = "rm -rf /"
        step.tasks[0].work = .command(command)
      }),
    Change("nodes of a step", "would run on other nodes", step("reach") { $0.tasks[0].place = .node(n9) }),
    Change("undo", "would run otherwise: undo was", step("join") { $0.undo = .nothing }),
    Change("expect", "expect was \"true\" and is absent", step("reach") { $0.expect = "true" }),
    Change("time", "timeoutSeconds was 5 and is", step("reach") { $0.timeoutSeconds = 5 }),
    Change("landed", "landed was \"true\"", step("reach") { $0.landed = "true" }),
    Change("effect", "effect was absent", step("join") { $0.effect = nil }),
    Change("needs", "step reach would wait for nothing (", step("reach") { $0.needs = [StepID("x")] }),
    Change("when", "step reach (", step("reach") { $0.condition = .when("false") }),
    Change("title", "title was \"x\"", step("reach") { $0.title = "x" }),
    Change("tolerated failures", "tolerates was 1", step("reach") { $0.tolerates = 1 }),
    Change("summary", "its part \"summary\" is another") { $0.summary = "x" },
    Change("system", "its part \"system\" is another") { $0.system = SystemName("other") },
    Change("cluster's name", "the cluster was other and is demo") { $0.cluster = ClusterName("other") },
    Change("membership on the way", "its part \"timeline\" is another") { $0.timeline[1].quorum = 1 },
  ]

  @Test("guarantee 9: each part of a plan is in the digest and is named when it differs", arguments: changes)
  func everyPartCounts(_ change: Change) throws {
    let fresh = try Self.addNode.get()
    var reviewed = fresh
    change.make(&reviewed)
    #expect(try reviewed.digest() != fresh.digest())
    let differences = reviewed.differences(from: fresh)
    #expect(differences.contains { $0.contains(change.says) }, "\(differences)")
  }

  /// A new part of a plan that nobody thought of here is in the digest, unless it is one of these.
  @Test func onlyWhatChangesByItselfIsLeftOut() throws {
    let plan = try Self.addNode.get()
    let (whole, reviewed) = (
      try #require(try JSONReader.parse(try plan.encoded()).objectValue),
      try #require(try JSONReader.parse(try plan.reviewed.encoded()).objectValue)
    )
    let left = whole.keys.filter { whole[$0] != reviewed[$0] }.sorted()
    #expect(left == ["applyable", "before", "safety", "steps", "timeline", "warnings"], "\(left)")
  }

  @Test func aMemberWhoseNameHoldsALineBreakIsNotTwoMembers() throws {
    func plan(_ voters: [String]) throws -> Plan {
      var plan = try Self.addNode.get()
      var member = try #require(plan.before?.membership?.members.first)
      plan.before?.membership?.members = voters.map { name in
        member.node = nil
        member.name = name
        return member
      }
      return plan
    }
    let id = try #require(try plan(["x"]).before?.membership?.members.first?.id)
    #expect(try plan(["a", "b"]).digest() != plan(["a voter\n\(id) b"]).digest())
  }

  @Test(arguments: [
    ("a\nb\nc\n", "a\nB\nc\n", ["f:2 was: b", "f:2 is:  B"]), ("a\nb\n", "a\n", ["f:2 was: b"]),
    ("a\n", "x\n  a\n", ["f:1 was: a", "f:1 is:  x", "f:2 is:  a"]),
    ("a\n", "a\nb\nc\n", ["f:2 is:  b", "f:3 is:  c"]),
    ("", "a", ["f:1 is:  a"]), ("a", "", ["f:1 was: a"]), ("a", "a", []),
    ("1\n2\n3\n4\n5\n", "1\nx\n3\n4\n5\ny\n", ["f:2 was: 2", "f:2 is:  x", "f:6 is:  y"]),
    ("1\n2\n3\n4", "0\n1\n3\n4", ["f:1 is:  0", "f:2 was: 2"]),
  ])
  func changedLinesHaveTheirNumbers(old: String, new: String, told: [String]) {
    #expect(SourceEdit.edits(from: old, to: new).flatMap { $0.told(in: "f") } == told)
  }

  @Test func anEditIsShownUnderItsFileWithinBounds() throws {
    let fresh = try Self.addNode.get()
    var reviewed = fresh
    let path = try #require(fresh.sources.keys.min())
    reviewed.sources[path] = "0"
    let old = (0..<50_000).map { "old \($0)" }.joined(separator: "\n")
    let new = (0..<50_000).map { "new \($0)" }.joined(separator: "\n")
    let differences = reviewed.differences(from: fresh, edits: [path: SourceEdit.edits(from: old, to: new)])
    #expect(differences.prefix(2) == ["\(path) was edited", "\(path):1 was: old 0"])
    #expect(differences.count == 14 && differences.last == "\(path): and 99988 more lines")
  }
}
