import Lab
import TestSupport
import Testing

/// One line of a system's table: a runbook that changes something, what goes wrong with it, and its way back.
///
/// In every text `{leader}` and the like stand for what `ProcedureStage.names` looked up.
struct Procedure: Sendable, CustomTestStringConvertible {
  var runbook: String
  /// The words after `belay`, without `--yes`.
  var command: [String]
  /// Brings the lab into the state in which one needs this procedure; nothing for a fresh lab.
  var prepare: [Trouble] = []
  var wayBack: WayBack
  var faults: [ProcedureFault]

  var testDescription: String { "\(runbook): \(command.joined(separator: " "))" }
}

/// How it is shown that a procedure's acts can be taken back.
enum WayBack: Sendable {
  /// A failure is rehearsed after the last act: exit 5, and everything is as it was.
  case rehearsed(String)
  /// The fault of this name strikes after the last act.
  case shown(by: String)
  case irreversible(because: String)
}

/// Something that goes wrong, and how the run has to end then.
struct ProcedureFault: Sendable {
  /// In the words of a person on call.
  var what: String
  var trouble: [Trouble] = []
  /// What belay says right before the trouble comes; nil: it is there before the run.
  var once: String?
  /// belay is killed at that point, and the run resumed.
  var killed = false
  /// Further words of the command, or another command.
  var more: [String] = []
  var command: [String]?
  var exit: Int
  /// What the output has to hold, however it is wrapped: what is wrong, and where.
  var says: [String]
  /// False where the run does change something, as it may.
  var unchanged = true
  /// How many calls since the fault hold a text: none, or one that is not repeated.
  var calls: [String: Int] = [:]
}

/// Something done to a node of the lab, and what takes it back.
struct Trouble: Sendable {
  enum Deed: Sendable {
    case command(String)
    case lab([String])
    /// belay itself, which has to end well.
    case belay([String])
  }

  var node = "n1"
  var deed: Deed
  var cure: Deed?

  /// A fault that the system's script knows.
  static func standIn(_ words: String, on node: String = "n1") -> Trouble {
    let name = words.split(separator: " ").first.map(String.init) ?? words
    return Trouble(
      node: node, deed: .command("standin fault \(words)"), cure: .command("standin heal \(name)"))
  }

  static func run(_ command: String, on node: String, cure: String? = nil) -> Trouble {
    Trouble(node: node, deed: .command(command), cure: cure.map { .command($0) })
  }

  static func belay(_ words: String...) -> Trouble { Trouble(deed: .belay(words)) }

  /// The node hears nothing from the other one, which still hears it.
  static func deaf(_ node: String, to other: String) -> Trouble {
    Trouble(node: node, deed: .lab(["drop-from", other]), cure: .lab(["accept-all"]))
  }

  static func unreachable(_ node: String) -> Trouble {
    Trouble(node: node, deed: .lab(["link-down"]), cure: .lab(["link-up"]))
  }

  static func powerless(_ node: String) -> Trouble {
    Trouble(node: node, deed: .lab(["stop-host"]), cure: .lab(["start-host"]))
  }

  /// The service keeps its connections and answers nothing.
  static func silent(_ node: String) -> Trouble {
    Trouble(node: node, deed: .lab(["pause-service"]), cure: .lab(["resume-service"]))
  }

  /// Every SSH connection to the node ends at once; new ones are taken.
  static func dropped(_ node: String) -> Trouble {
    run("nohup sh -c 'sleep 0.1; kill $(pgrep -f \"^sshd: root\")' >/dev/null 2>&1 &", on: node)
  }
}

/// What is particular to a system: how its lab begins, what a run may touch, and who is who.
struct ProcedureStage: Sendable {
  var begin: @Sendable (LabDescription) async throws -> BelayProgram
  var state: @Sendable (LabDescription) async throws -> String
  var names: @Sendable (LabDescription, BelayProgram) async throws -> [String: String] = { _, _ in [:] }
}
