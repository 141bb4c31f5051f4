package import Model
package import Planning

/// Everything that a review of a plan shows, in the order in which it is read, before it takes a form. Terminal,
/// Markdown and HTML are made from this alone, so that none of them can say less than another. Its texts are raw: what
/// must not be believed in a form (control characters, markup) is up to the form's one escaping function.
package struct PlanPage: Hashable, Sendable {
  package var runbook: String
  package var cluster: String?
  package var summary: String
  package var isApplicable: Bool
  package var inputs: [Fact]
  package var facts: [Fact]
  package var notes: [Note]
  package var steps: [StepPart]
  /// Before anything runs, and after each act with an effect on it.
  package var membership: [PlanReview.Standing]
  package var review: PlanReview
  /// `4 acts, 5 checks`
  package var counts: String

  /// A labelled text.
  package struct Fact: Hashable, Sendable {
    package var label: String
    package var text: String
    package var tone: Paint.Tone?
    /// Whether the text is in some program's language rather than in ours.
    package var isCode = false
  }

  /// What a reviewer must not miss.
  package struct Note: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable { case refused, danger, warning }
    package var kind: Kind
    package var text: String
  }

  package struct StepPart: Hashable, Sendable {
    package var number: Int
    package var id: StepID
    package var role: Step.Role
    package var title: String
    /// Why it will not run; nil when it will, or may.
    package var skipped: String?
    package var details: [Detail]
    package var isPointOfNoReturn: Bool
    package var isRefused: Bool
    package var needs: [StepID]
  }

  package enum Detail: Hashable, Sendable {
    case deed(Deed)
    case fact(Fact)
    case undo([PlanReview.Deed])
  }

  /// One thing that is done, on one node or in the same way on several.
  package struct Deed: Hashable, Sendable {
    package var place: String
    package var work: Work

    package enum Work: Hashable, Sendable {
      /// A command as its shell gets it, line by line, and what it reads.
      case script([String], input: [String])
      /// An act of belay's own, and what is there now, or will be by then.
      case act(String, seen: Fact?)
      case file(FileChange)
    }
  }

  package struct FileChange: Hashable, Sendable {
    /// `write /etc/x (mode 0644)`
    package var title: String
    /// What is there now, in words.
    package var now: String
    package var lines: [Line]

    package enum Line: Hashable, Sendable {
      case kept(String)
      case removed(String)
      case added(String)
      /// Lines that stay as they are, left out.
      case gap(Int)
    }
  }
}

extension PlanPage {
  package init(_ plan: Plan, _ review: PlanReview) {
    runbook = plan.runbook.rawValue
    cluster = plan.cluster?.rawValue
    summary = plan.summary
    isApplicable = plan.isApplicable
    self.review = review
    inputs = plan.inputs.sorted { $0.key < $1.key }.map { Fact(label: $0.key, text: $0.value.text) }
    facts = plan.before.map(Fact.observed) ?? []
    facts.append(.state(of: plan))
    if let approval = plan.approval { facts.append(.approval(approval)) }
    if let estimate = review.estimate { facts.append(Fact(label: "takes", text: estimate.text)) }
    let known = Set(plan.steps.map(\.id))
    notes = plan.danger.map { [Note(kind: .danger, text: "to be confirmed as \"\($0)\"")] } ?? []
    notes += plan.refusals.filter { refusal in refusal.step.map { !known.contains($0) } ?? true }.map {
      Note(kind: .refused, text: $0.reason)
    }
    notes += plan.warnings.map { Note(kind: .warning, text: $0) }
    notes += (plan.safety?.concerns ?? []).map { Note(kind: .warning, text: $0.text) }
    membership = plan.timeline.map { entry in
      PlanReview.Standing(
        step: entry.step, voters: entry.voters, learners: entry.learners, quorum: entry.quorum,
        tolerates: entry.tolerates)
    }
    let steps = StepParts(plan, review)
    self.steps = plan.steps.enumerated().map { steps.part($1, number: $0 + 1) }
    let running = plan.steps.filter { !$0.isSkipped }
    let acts = running.count { $0.role == .act }
    counts =
      "\(acts) \(acts == 1 ? "act" : "acts"), \(running.count - acts) "
      + (running.count - acts == 1 ? "check" : "checks")
  }

  /// Whether it goes without saying what this step waits for: for the one above it.
  package func waitsForThoseAbove(_ part: StepPart) -> Bool {
    part.number > 1 && part.needs == [steps[part.number - 2].id]
  }
}

extension PlanPage.Fact {
  /// Three facts, each of which may be so without the others.
  fileprivate static func state(of plan: Plan) -> Self {
    let count = plan.knownLater.count
    let later = count == 1 ? "1 thing is known only later" : "\(count) things are known only later"
    let texts = [
      plan.complete ? "complete" : "not complete (\(later))", plan.applyable ? "applyable" : "not applyable",
      plan.errored ? "errored: something could not be found out" : "not errored",
    ]
    return Self(label: "plan", text: texts.joined(separator: ", "), tone: plan.errored ? .error : nil)
  }

  fileprivate static func approval(_ approval: PlanApproval) -> Self {
    let author = approval.author.map { ", \($0)" } ?? ""
    return Self(
      label: "approval",
      text: "by \(approval.required) of \(approval.allowedSigners) besides its author\(author)",
      tone: .warning)
  }

  /// The membership, and the evidence for it.
  fileprivate static func observed(_ observation: Observation) -> [Self] {
    guard let membership = observation.membership else {
      let why = observation.disagreements.joined(separator: "; ")
      return [Self(label: "cluster", text: "not agreed on: \(why)", tone: .error)]
        + [reported(observation)].compactMap(\.self)
    }
    let members = membership.members.map { member in
      let marks = [member.isLeader ? "leader" : nil, member.isVoter ? nil : "learner"].compactMap(\.self)
      let text = member.label + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))")
      return member.health == .healthy ? text : "\(text) \(member.health.rawValue)"
    }
    let areHealthy = membership.members.allSatisfy { $0.health == .healthy }
    return [
      Self(
        label: "observed", text: "\(members.joined(separator: ", ")); term \(membership.term)",
        tone: areHealthy ? nil : .warning)
    ] + [reported(observation)].compactMap(\.self)
  }

  /// Nil when every node that was asked gave a view.
  private static func reported(_ observation: Observation) -> Self? {
    let silent = observation.reports.compactMap { report -> String? in
      switch report.answer {
      case .view: nil
      case .unreachable(let why, _): "\(report.node) could not be asked: \(why)"
      case .silent(let why): "\(report.node) gave no answer: \(why)"
      }
    }
    return silent.isEmpty
      ? nil : Self(label: "evidence", text: silent.joined(separator: "; "), tone: .warning)
  }
}
