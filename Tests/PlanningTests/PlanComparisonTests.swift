import Hashing
import Model
import Report
import Testing

@testable import Planning

/// Two plans beside each other, as their reviewer reads them.
@Suite struct PlanComparisonTests {
  private func compare(_ old: Plan, _ new: Plan) throws -> PlanComparison {
    PlanComparison(
      PlanComparison.Side(file: "a.plan", plan: old, digest: try old.digest().hex),
      PlanComparison.Side(file: "b.plan", plan: new, digest: try new.digest().hex))
  }

  private func text(_ old: Plan, _ new: Plan) throws -> String {
    try compare(old, new).text(paint: Paint(isOn: false))
  }

  @Test func theSamePlanIsTheSame() throws {
    let plan = try EtcdScenario.addNode.plan()
    // Who leads is no part of a review.
    let other = try EtcdScenario.addNode.changed { $0.leader = "n2" }.plan()
    for other in [plan, other] {
      let comparison = try compare(plan, other)
      #expect(comparison.areEqual)
      #expect(try JSONReader.parse(comparison.json)["differences"] == [])
    }
    #expect(try text(plan, plan).hasPrefix("The plans are the same. Digest "))
  }

  @Test(
    "each kind of difference is told with its lines",
    arguments: [
      ("a host key", "~ the recorded host key of n1 has changed", "- hostKeys: [\"A\"]"),
      ("a setting", "~ the settings of n2 in the inventory have changed", "+ variables.weight: 3"),
      ("a member", "+ member is new or changed: 55aa n5 voter", "Membership"),
      ("an input", "~ input node was n4 and is n5", "- @n4 systemctl enable --now etcd"),
      ("a file", "a file of step configure has changed on its node", "- now: no file"),
      ("a limit", "step start would run otherwise", "- timeoutSeconds: 120"),
      ("an order", "step start would wait for configure", "after: configure"),
      ("a step less", "- step healthy", "Steps"), ("a step more", "+ step more", "Steps"),
      ("a refusal", "refused: because", "Refusals and warnings"),
      ("a danger", "what will be lost was nothing and is everything", "What will be lost"),
      ("a thing that no step shows", "its part \"summary\" is another", "+ summary: \"Other.\""),
      ("a runbook", "the runbook was etcd/add-node and is etcd/remove-node", "Runbook"),
    ])
  func kinds(_ name: String, _ sentence: String, _ line: String) throws {
    let reviewed = EtcdScenario.addNode.changed { $0.hostKeys = ["n1": "A"] }
    let old = try reviewed.plan()
    var new = old
    func start(_ change: (inout PlannedStep) -> Void) {
      for index in new.steps.indices where new.steps[index].id == StepID("start") {
        change(&new.steps[index])
      }
    }
    switch name {
    case "a host key": new = try reviewed.changed { $0.hostKeys = ["n1": "B"] }.plan()
    case "a setting": new.nodes[1].variables["weight"] = 3
    case "a member": new = try reviewed.changed { $0.voters.append("n5") }.plan()
    case "an input": new = try reviewed.changed { $0.inputs["node"] = "n5" }.plan()
    case "a file":
      new = try reviewed.changed {
        $0.environmentFile = .present(content: "x\n", mode: "640", owner: "root:root")
      }.plan()
    case "a limit": start { $0.timeoutSeconds = 5 }
    case "an order": start { $0.needs = [StepID("configure")] }
    case "a step less": new.steps.removeLast()
    case "a step more":
      new.steps.append(new.steps[0])
      new.steps[new.steps.count - 1].id = StepID("more")
    case "a refusal": new.refusals = [Plan.Refusal(step: nil, reason: "because", verdict: nil)]
    case "a thing that no step shows": new.summary = "Other."
    case "a danger": new.danger = "everything"
    default: new = try EtcdScenario.removeNode.changed { $0.hostKeys = ["n1": "A"] }.plan()
    }
    #expect(try !compare(old, new).areEqual)
    let text = try text(old, new)
    #expect(text.replacing(/\n */, with: " ").contains(sentence), "\(text)")
    #expect(text.contains(line), "\(text)")
    for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    let json = try JSONReader.parse(try compare(old, new).json)
    #expect(json["equal"] == false && json["differences"]?.arrayValue?.isEmpty == false)
  }

  @Test func linesOfFilesAreShownWhereTheirTextsAreKnown() throws {
    let plan = try EtcdScenario.addNode.plan()
    var other = plan
    let path = try #require(plan.sources.keys.min())
    other.sources[path] = "0"
    func side(_ plan: Plan, _ text: String) throws -> PlanComparison.Side {
      PlanComparison.Side(file: "p", plan: plan, digest: try plan.digest().hex, texts: [path: text])
    }
    let text = PlanComparison(try side(plan, "a\nb\n"), try side(other, "a\nc\n")).text(
      paint: Paint(isOn: false))
    #expect(text.contains("      - 2: b\n      + 2: c\n"), "\(text)")
  }

  @Test func hostileTextIsShownAsText() throws {
    let plan = try EtcdScenario.addNode.plan()
    let text = try text(plan, plan.hostile())
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    for line in text.split(separator: "\n") { #expect(columns(line) <= 80, "\(line)") }
  }

  /// Of what is in the hostile text, these are two columns wide.
  private func columns(_ text: Substring) -> Int { text.count + text.count { "漢字".contains($0) } }
}
