import Model

extension PlanPage {
  /// A titled list of labelled lines.
  package struct List: Hashable, Sendable {
    package var title: String
    package var rows: [Fact]
  }

  /// What is said of the plan as a whole after its steps and its ways back.
  package var lists: [List] {
    func rows(_ entries: [PlanReview.Restoring], _ tone: Paint.Tone?) -> [Fact] {
      entries.map { Fact(label: $0.step.rawValue, text: $0.what, tone: tone) }
    }
    return [
      List(
        title: "Looked up again right before use",
        rows: review.late.map { late in
          let users = late.steps.map(\.rawValue).joined(separator: ", ")
          return Fact(
            label: "${\(late.path)}",
            text: (late.now.map { "now \($0); " } ?? "not known yet; ") + "for \(users)")
        }),
      List(title: "What a rollback brings back", rows: rows(review.restores, nil)),
      List(title: "What no rollback brings back", rows: rows(review.keeps, .error)),
    ]
  }
}

extension PlanPage.Note {
  var tone: Paint.Tone { kind == .warning ? .warning : .error }
}

extension PlanReview.Unwind {
  /// Follows the names of the steps that fail.
  var opening: String {
    nothing ?? membership.map { ": from \($0.numbers): \($0.names)" } ?? ""
  }

  var nothing: String? {
    guard undos.isEmpty else { return nil }
    return stays.isEmpty ? ": nothing was changed yet" : ": nothing is undone"
  }

  var moreText: String { "and \(more) more, each the undo of an earlier act" }
  var staysText: String { stays.map(\.rawValue).joined(separator: ", ") }
}
