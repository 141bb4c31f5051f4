import Model
import Planning
import Report

/// A plan in each of its forms, without what is different on each machine and after each edit of a runbook.
struct PlanForms {
  let plan: Plan
  let review: PlanReview
  let page: PlanPage

  init(_ plan: Plan, past: [[StepID: Double]] = []) {
    var plan = plan
    plan.sources = Dictionary(
      plan.sources.keys.map { (relative($0), String(repeating: "0", count: 64)) }
    ) { first, _ in first }
    for index in plan.steps.indices { plan.steps[index].source = relative(plan.steps[index].source) }
    self.plan = plan
    review = PlanReview(plan, digest: String(repeating: "0", count: 64), past: past)
    page = PlanPage(plan, review)
  }

  var text: String { PlanText(page, paint: Paint(isOn: false)).text }
  var markdown: String { PlanMarkdown(page).text }
  var html: String { PlanHTML(page).text }
  func json() throws -> String { try review.json(of: plan) }
}

private func relative(_ path: String) -> String { path.replacing(shippedRunbooks, with: "runbooks") }
