import Execution
import Model
import Planning

extension PlannedStep {
  var undoEffect: PlannedEffect? {
    switch undo {
    case .commands(let effect, _): effect
    case .restore(let effect): effect
    case .nothing, .restoreFile, .covered, .none: nil
    }
  }

  /// What undoing runs and where; the same thing on several nodes once.
  var undoDeeds: [PlanReview.Deed] {
    guard undo.acts else { return [] }
    var deeds: [PlanReview.Deed] = []
    for task in tasks {
      let lines: [String]
      var place = task.placeText
      if case .commands(_, let elsewhere) = undo {
        guard let command = task.undo else { continue }
        lines = command.asOfNow.scriptLines
        if let elsewhere { place = elsewhere.text }
      } else {
        lines = [belayUndo(of: task)]
      }
      if let last = deeds.last, last.lines == lines {
        if last.place != place { deeds[deeds.count - 1].place += ", \(place)" }
      } else {
        deeds.append(PlanReview.Deed(place: place, lines: lines, isScript: task.undo != nil))
      }
    }
    return deeds
  }

  /// An undo that belay brings along, in words.
  func belayUndo(of task: PlannedTask) -> String {
    guard case .file(let file) = task.work else { return task.work.undoDisplay }
    switch file.previous {
    case .absent: return "remove \(file.path) again"
    case .present, .unknown: return "put the previous \(file.path) back"
    }
  }
}

extension PlannedTask {
  var placeText: String { place.text + (loop.map { " for \($0.node)" } ?? "") }
}

extension PlannedTask.Place {
  var text: String {
    switch self {
    case .node(let name): name.rawValue
    case .leader(let now): "leader" + (now.map { " (now \($0))" } ?? "")
    case .anyOf(let names): "any of \(names.map(\.rawValue).joined(separator: ", "))"
    case .belay: "belay"
    }
  }
}

extension PlannedCommand {
  /// The command with late values as they were while planning, where they were known. What is put in is not looked
  /// through again.
  var asOfNow: String {
    guard !late.isEmpty else { return display }
    var parts = display.split(separator: "${", omittingEmptySubsequences: false)
    let first = parts.isEmpty ? "" : parts.removeFirst()
    return parts.reduce(into: String(first)) { text, part in
      if let end = part.firstIndex(of: "}"), let value = late[String(part[..<end])] ?? nil {
        text += value + part[part.index(after: end)...]
      } else {
        text += "${" + part
      }
    }
  }
}

extension String {
  /// Without the newline that a block of YAML ends with.
  var scriptLines: [String] {
    var lines = split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
