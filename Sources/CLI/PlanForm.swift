import Execution
import Journal
import Model
import Planning
import Platform
import Report

/// In which form a plan is shown.
enum PlanForm {
  case text, markdown, html, json

  static let flags: [Flag] = [.json, .markdown, .html]

  init(_ arguments: Arguments) throws {
    let given = PlanForm.flags.filter(arguments.has)
    guard given.count < 2 else {
      throw UsageError("give one of \(given.map { "--\($0.name)" }.joined(separator: " and ")), not both")
    }
    switch given.first?.name {
    case Flag.json.name: self = .json
    case Flag.markdown.name: self = .markdown
    case Flag.html.name: self = .html
    default: self = .text
    }
  }
}

extension Flag {
  static let markdown = Flag(name: "markdown", help: "the plan as Markdown, for a pull request")
  static let html = Flag(name: "html", help: "the plan as one HTML file that needs nothing else")
}

extension Plan {
  func page(digest: String) -> PlanPage {
    PlanPage(self, PlanReview(self, digest: digest, past: RunStore().durations(of: self)))
  }

  func shown(_ form: PlanForm, digest: String, paint: Paint) throws -> String {
    let page = page(digest: digest)
    switch form {
    case .text: return PlanText(page, paint: paint).text
    case .markdown: return PlanMarkdown(page).text
    case .html: return PlanHTML(page).text
    case .json: return try page.review.json(of: self)
    }
  }
}

extension RunStore {
  /// How long the steps of a plan took in the last runs of its runbook. What cannot be read tells nothing.
  func durations(of plan: Plan) -> [[StepID: Double]] {
    let (runLimit, journalLimit, sizeLimit) = (20, 40, 8 << 20)
    var found: [[StepID: Double]] = []
    for (_, path) in journals().suffix(journalLimit).reversed() where found.count < runLimit {
      guard let size = try? fileSize(path), size <= sizeLimit, let replay = try? replay(path),
        replay.start.plan.runbook == plan.runbook
      else { continue }
      let durations = replay.stepDurations
      if !durations.isEmpty { found.append(durations) }
    }
    return found
  }
}
