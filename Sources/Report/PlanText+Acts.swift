import Execution
import Model
import Planning
import Platform

/// Acts of belay's own: what they do, and what is there now.
extension PlanText {
  func lines(of work: PlannedTask.Work, at place: String, _ margin: String) -> String {
    var text = "\(margin)\(place) \(visible(work.display))\n"
    if let now = work.now {
      text += "\(margin)  " + paint(work.isChangedBefore ? "by then: " : "now: ", .dim) + visible(now)
      text += (work.isNothingToDo ? paint("; nothing to do", .good) : "") + "\n"
    }
    return text
  }

  func diff(_ file: PlannedFile) -> [String] {
    let old: String
    switch file.previous {
    case .absent: old = ""
    case .unknown: return [paint("what is there now could not be read", .warning)]
    case .present(let content, _, _): old = content
    }
    let lines = lineDiff(from: old, to: file.content)
    let isNear = nearChanges(lines)
    var shown: [String] = []
    for (index, line) in lines.enumerated() {
      switch line {
      case .kept where !isNear[index]:
        if index == 0 || isNear[index - 1] { shown.append(paint("  …", .dim)) }
      case .kept(let text): shown.append("  " + visible(text))
      case .removed(let text): shown.append(paint("- " + visible(text), .error))
      case .added(let text): shown.append(paint("+ " + visible(text), .good))
      }
    }
    return shown
  }

  /// Which lines stand within a few of a changed one; all of them when hardly any would be left out.
  private func nearChanges(_ lines: [DiffLine]) -> [Bool] {
    let context = 4
    var isNear = [Bool](repeating: false, count: lines.count)
    for (index, line) in lines.enumerated() {
      if case .kept = line { continue }
      for near in max(0, index - context)...min(lines.count - 1, index + context) { isNear[near] = true }
    }
    return isNear.count { !$0 } > 8 ? isNear : isNear.map { _ in true }
  }
}

extension PlannedTask.Work {
  /// Whether an act above works on the same.
  fileprivate var isChangedBefore: Bool {
    if case .service(let service) = self { service.byThen != nil } else { false }
  }

  /// What was seen where it will act; nil when nobody looked.
  fileprivate var now: String? {
    switch self {
    case .service(let service): (service.byThen ?? service.previous)?.text(of: service.name)
    case .copy(let copy):
      if case .file(let digest, _, _)? = copy.previous, digest == copy.content {
        "the same content"
      } else {
        copy.previous?.text
      }
    case .moveAside(let move): move.previous?.text
    case .wipe(let wipe):
      [wipe.previous?.text, wipe.status?.text(of: wipe.service)].compactMap(\.self).joined(separator: "; ")
    case .command, .file, .query: nil
    }
  }

  fileprivate var isNothingToDo: Bool {
    switch self {
    case .service(let service): service.isSoAlready
    case .moveAside(let move): move.previous == .absent && move.mayBeMissing
    case .wipe(let wipe): wipe.previous == .absent
    case .command, .file, .copy, .query: false
    }
  }
}

extension ServiceStatus {
  fileprivate func text(of name: String) -> String {
    isKnown ? "\(name) is \(active)\(enabled.isEmpty ? "" : ", \(enabled)")" : "systemd knows no \(name)"
  }
}

extension PathSight {
  fileprivate var text: String {
    switch self {
    case .absent: "nothing is there"
    case .file(let digest, let mode, let owner):
      "a file of \(byteSize(digest.size)), SHA-256 \(digest.sha256.prefix(16))…, mode \(mode), \(owner)"
    case .directory(let mode, let owner): "a directory, mode \(mode), \(owner)"
    case .link: "a symbolic link"
    case .other: "neither a file nor a directory"
    }
  }
}
