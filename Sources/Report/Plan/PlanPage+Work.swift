import Execution
import Model
import Planning
import Platform

extension PlanPage.Deed.Work {
  /// Nil for what is done nowhere.
  init?(_ work: PlannedTask.Work) {
    switch work {
    case .query: return nil
    case .command(let command):
      self = .script(command.asOfNow.scriptLines, input: command.stdin?.shown.scriptLines ?? [])
    case .file(let file): self = .file(PlanPage.FileChange(file))
    case .service, .copy, .moveAside, .wipe:
      let seen = work.now.map { now in
        PlanPage.Fact(
          label: work.isChangedBefore ? "by then" : "now",
          text: now + (work.isNothingToDo ? "; nothing to do" : ""))
      }
      self = .act(work.display, seen: seen)
    }
  }
}

extension PlanPage.FileChange {
  init(_ file: PlannedFile) {
    let details = [file.mode.map { "mode \($0)" }, file.owner].compactMap(\.self)
    title = "write \(file.path)" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    switch file.previous {
    case .absent:
      now = "no file"
      lines = diff(from: "", to: file.content)
    case .present(let content, let mode, let owner):
      now = "a file, mode \(mode), \(owner)" + (content == file.content ? ", with the same content" : "")
      lines = diff(from: content, to: file.content)
    case .unknown:
      now = "unknown: it could not be read"
      lines = file.content.scriptLines.map { .added($0) }
    }
  }
}

/// The changed lines and a few around each.
private func diff(from old: String, to new: String) -> [PlanPage.FileChange.Line] {
  let lines = lineDiff(from: old, to: new)
  let isNear = nearChanges(lines)
  var shown: [PlanPage.FileChange.Line] = []
  for (line, isNear) in zip(lines, isNear) {
    switch line {
    case .kept where !isNear:
      if case .gap(let count)? = shown.last {
        shown[shown.count - 1] = .gap(count + 1)
      } else {
        shown.append(.gap(1))
      }
    case .kept(let text): shown.append(.kept(text))
    case .removed(let text): shown.append(.removed(text))
    case .added(let text): shown.append(.added(text))
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
