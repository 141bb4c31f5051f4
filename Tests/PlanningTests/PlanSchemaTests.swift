import Model
import TestSupport
import Testing

@testable import Planning

@Suite struct PlanSchemaTests {
  private func plain(_ plan: Plan) throws -> Value { try JSONReader.parse(try plan.encoded()) }

  /// Plans as they are made, and one with each case that a plan can hold.
  private func plans() throws -> [Plan] {
    let scenarios: [EtcdScenario] = [
      .addNode, .removeNode, .replaceNode, EtcdScenario.removeNode.changed { $0.unreachable = ["n2", "n3"] },
      EtcdScenario.replaceNode.changed { $0.stopped = ["n3"] },
    ]
    var plans = try scenarios.map { try $0.plan() }
    func vary(_ change: (inout PlannedStep) -> Void) {
      var plan = plans[0]
      change(&plan.steps[0])
      plans.append(plan)
    }
    let node = NodeName("n1")
    for place: PlannedTask.Place in [
      .node(node), .leader(now: nil), .leader(now: node), .anyOf([node]), .belay,
    ] {
      vary { $0.tasks[0].place = place }
    }
    for condition: PlannedStep.Condition in [.always, .skipped(because: "x"), .when("true")] {
      vary { $0.condition = condition }
    }
    for format: OutputFormat in [.text, .json, .lines(pattern: "x"), .keys, .table, .prometheus] {
      vary { $0.parse = format }
    }
    for undo: PlannedUndo in [
      .nothing, .commands(effect: PlannedEffect(kind: .stop, node: node), place: .belay),
      .commands(effect: nil, place: nil), .restoreFile, .restore(effect: nil), .covered(by: StepID("x")),
      .none(because: "x"),
    ] {
      vary { $0.undo = undo }
    }
    for previous: PreviousFile in [
      .absent, .present(content: "x", mode: "0644", owner: "root:root"), .unknown,
    ] {
      let file = PlannedFile(path: "/x", content: "x", mode: nil, owner: "root", previous: previous)
      vary { $0.tasks[0].work = .file(file) }
    }
    var secret = PlannedFile(path: "/x", content: "x", mode: nil, owner: nil, previous: .unknown)
    secret.parts = [.text("a"), .secret("b")]
    vary { $0.tasks[0].work = .file(secret) }
    let status = ServiceStatus(load: "loaded", active: "active", enabled: "enabled")
    vary {
      $0.tasks[0].work = .service(PlannedService(name: "x", state: .stopped, enabled: nil, previous: status))
    }
    let digest = FileDigest(sha256: "x", size: 1)
    vary {
      $0.tasks[0].work = .copy(
        PlannedCopy(source: "/a", path: "/b", mode: nil, owner: nil, content: digest, previous: .link))
    }
    for sight: PathSight in [
      .absent, .file(digest, mode: "0644", owner: "a:b"), .directory(mode: "0755", owner: "a:b"), .link,
      .other,
    ] {
      vary { $0.tasks[0].work = .moveAside(PlannedMove(path: "/x/y", mayBeMissing: true, previous: sight)) }
    }
    vary { $0.tasks[0].work = .wipe(PlannedWipe(path: "/x/y", service: "x", archive: nil)) }
    vary { $0.tasks[0].work = .query }
    var inputs = plans[0]
    inputs.inputs = ["a": .node(node), "b": .nodes([node, node]), "c": .value(["x": 1]), "d": .secret]
    plans.append(inputs)
    let unsafe = EtcdScenario.replaceNode.changed { $0.unreachable = ["n3"] }
    plans.append(try unsafe.plan())
    for decision in DeclaredVerdict.Decision.allCases {
      var guarded = plans[0]
      let verdict = DeclaredVerdict(guardName: "x", decision: decision, reason: "y", evidence: ["z"])
      guarded.timeline[1].declared = [verdict]
      guarded.overrides = [GuardOverride(guardName: "x", because: "y")]
      guarded.refusals = [Plan.Refusal(step: nil, reason: "x", verdict: nil, declared: verdict)]
      plans.append(guarded)
    }
    var approved = plans[0]
    approved.approval = PlanApproval(required: 2, allowedSigners: "x", author: "y")
    plans.append(approved)
    return plans
  }

  @Test func holdsForEveryPlan() async throws {
    let plans = try plans().map(plain)
    let hash = String(repeating: "a", count: 64)
    let files: [Value] = plans.map {
      [
        "belay_plan": 1, "digest": .string(hash), "statement": .string("approve \(hash) \(hash)"),
        "author_signature": "x", "plan": $0,
      ]
    }
    let findings = try await JSONSchemaChecker(try Plan.schema()).findings(in: plans + files)
    for findings in findings { #expect(findings.isEmpty, "\(findings.suffix(3))") }
  }

  @Test func refusesWhatIsNoPlan() async throws {
    let whole = try #require(try plain(try EtcdScenario.addNode.plan()).objectValue)
    var broken: [Value] = [[:], ["belay_plan": 2, "digest": "x", "plan": .object(whole)]]
    for key in ["format", "steps", "nodes", "timeline", "sources"] {
      var other = whole
      other[key] = nil
      broken.append(.object(other))
      other[key] = "text"
      broken.append(.object(other))
    }
    var more = whole
    more["more"] = 1
    broken.append(.object(more))
    let findings = try await JSONSchemaChecker(try Plan.schema()).findings(in: broken)
    for (document, findings) in zip(broken, findings) { #expect(!findings.isEmpty, "\(document.json())") }
  }
}
