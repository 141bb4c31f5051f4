import Expressions
import Model
import Planning

/// An act of belay's own: it knows how it is shown, done, undone and, after a run that ended well, forgotten. Every
/// command runs under a receipt, and its undo is right after any part of it.
protocol NodeAct: Sendable {
  var display: String { get }
  var undoDisplay: String { get }
  /// Whether it must not happen to a member of the cluster.
  var isForStrangers: Bool { get }
  func command(in site: ActSite) throws -> String
  /// What the command reads on its standard input.
  func content(in site: ActSite) throws -> [UInt8]
  func undoCommand(in site: ActSite) throws -> String
  /// As it is undone when its run was over.
  func lateUndo(in site: ActSite, _ facts: LateUndoFacts) throws -> LateUndo
  /// Nil: what it leaves is meant to stay.
  func forgetCommand(in site: ActSite) -> String?
}

extension NodeAct {
  var isForStrangers: Bool { false }
  func content(in site: ActSite) throws -> [UInt8] { [] }
  func forgetCommand(in site: ActSite) -> String? { nil }
}

/// What names an act on its node, and what it may need there that no plan holds.
struct ActSite {
  var run: RunID
  var task: String
  var secrets: [String: Secret] = [:]
}

extension PlannedTask.Work {
  /// Nil for a command, whose undo the runbook gives, and for what acts nowhere.
  var act: (any NodeAct)? {
    switch self {
    case .file(let file): file
    case .service(let service): service
    case .copy(let copy): copy
    case .moveAside(let move): move
    case .wipe(let wipe): wipe
    case .command, .query: nil
    }
  }
}

/// A script for a node's `sh`, its arguments passed as words.
func nodeScript(_ script: String, _ arguments: [String]) -> String {
  (["sh", "-c", script, "belay"] + arguments).map { shellQuoted($0) }.joined(separator: " ")
}

/// Where a node keeps what belay has to remember, beside its receipts.
/// `id` would be a program more for every act.
let stateDirectoryScript = """
  uid=
  while read -r field _ uid _; do [ "$field" != Uid: ] || break; uid=; done < /proc/self/status
  if [ "$uid" = 0 ]; then base=/var/lib/belay; else base=$HOME/.local/state/belay; fi
  """
