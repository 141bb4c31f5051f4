import Execution
import Journal
import Model
import Platform

/// Whether the journal that was the newest when this one began still holds the record that was its last. Who cuts or
/// rewrites a journal would have to do the same to all that came after it.
enum JournalLink {
  case holds(String)
  case broken(String)
  case notChecked(String)

  init(of start: RunLog.Start, at path: String) {
    guard let named = start.previousHead else {
      self = .notChecked("this one names none, as the first in its directory")
      return
    }
    guard let head = JournalHead(named) else {
      self = .broken("the first record names \"\(named)\" as the head of the journal before, which is none")
      return
    }
    let directory = Path.parent(of: path)
    guard let run = start.previousRun else {
      self = .among(directory, head, except: Path.name(of: path))
      return
    }
    let file = Path.join(directory, "\(run).jsonl")
    guard !run.rawValue.contains("/"), fileKind(file) == .file else {
      self = .notChecked("that of run \(run) is not beside this one")
      return
    }
    switch JournalLink.standing(of: head, in: file) {
    case .there: self = .holds("record \(head.sequence) of run \(run)")
    case .gone:
      self = .broken(
        "the journal of run \(run) no longer holds record \(head.sequence) as this one was linked to it: that journal "
          + "was cut or rewritten since, or the first record here was")
    case .unclear(let why): self = .notChecked("that of run \(run) cannot be relied on: \(why)")
    }
  }

  private enum Standing { case there, gone, unclear(String) }

  private static func standing(of head: JournalHead, in file: String) -> Standing {
    do {
      let findings = try JournalVerification.verify(file, expecting: head).findings
      if findings.contains(where: { $0.check == .head }) { return .gone }
      return findings.first(where: { $0.check != .tornTail }).map { .unclear($0.description) } ?? .there
    } catch {
      return .unclear(error.description)
    }
  }

  /// Which run's head it was is not in journals of earlier versions: any that holds the record will do, and none proves
  /// nothing, since old journals may be thrown away.
  private static func among(_ directory: String, _ head: JournalHead, except own: String) -> JournalLink {
    let names = ((try? listDirectory(directory)) ?? []).filter { $0.hasSuffix(".jsonl") && $0 != own }
    for name in names.sorted(by: { ($0 < own ? 1 : 0, $0) > ($1 < own ? 1 : 0, $1) }).prefix(searchLimit) {
      if case .there = standing(of: head, in: Path.join(directory, name)) {
        return .holds("record \(head.sequence) of \(name)")
      }
    }
    return .notChecked("none beside this one holds its head, \(head)")
  }

  private static let searchLimit = 1000
}
