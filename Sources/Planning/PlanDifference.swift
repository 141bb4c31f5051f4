/// One thing in which two plans differ, with a sentence for people and its place for programs.
package struct PlanDifference: Hashable, Sendable {
  package enum Subject: String, CaseIterable, Sendable {
    case runbook, source, input, node, danger, approval, cluster, member, step, part
  }

  package enum Change: String, CaseIterable, Sendable {
    case added, removed, changed
  }

  package var subject: Subject
  /// Which of its kind: a path, an input's, a node's or a step's name; empty where there is only one.
  package var name: String
  package var change: Change
  package var text: String

  package init(_ subject: Subject, _ name: String, _ change: Change, _ text: String) {
    self.subject = subject
    self.name = name
    self.change = change
    self.text = text
  }

  package init(_ subject: Subject, _ name: String, _ text: String) {
    self.init(subject, name, .changed, text)
  }

  package init(_ subject: Subject, _ text: String) { self.init(subject, "", .changed, text) }
}
