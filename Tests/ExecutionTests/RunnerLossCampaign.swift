import Execution
import Model
import Platform
import TestSupport
import Testing
import Transport

/// Whoever runs an act on its node dies, or the node itself does.
@Suite struct RunnerLossCampaign {
  @Test("guarantees 3 and 4: an act whose runner or node died is unknown, and is never run again")
  func lost() async throws {
    let machine = try LocalShell()
    try await Campaign("runners killed, nodes rebooted", ci: 100, soak: 2_000).run { one in
      let fate = Fate.allCases[one.number % Fate.allCases.count]
      let act = LostAct(
        machine: machine, name: "act.\(one.number)", isBefore: Bool.random(using: &one.random))
      let first = try await act.run(fate)
      // A reboot is one only for who asks afterwards.
      if fate == .reboot { try await act.reboot() }
      for _ in 0..<2 {
        let answer = try await act.ask()
        guard case .unknown(let reason) = answer else {
          throw FixtureError("\(fate): \(answer) after \(first)")
        }
        try one.expect(reason.contains(fate == .reboot ? "rebooted" : "died"), "\(fate): \(reason)")
      }
      let again = try await act.run(nil)
      guard case .unknown = again else { throw FixtureError("\(fate): run again, \(again)") }
      try one.expect(act.effects <= 1, "\(fate): \(act.effects) effects")
      return "\(fate), \(act.effects == 0 ? "before" : "after") the effect"
    }
  }

  enum Fate: CaseIterable {
    /// The process that writes the outcome.
    case runner
    /// With everything that it started.
    case session
    case reboot
  }
}

private struct LostAct {
  let machine: LocalShell
  let name: String
  /// Whether it dies before its effect.
  let isBefore: Bool

  private var receipt: Receipt { Receipt(run: RunID("r"), name: name) }
  var effects: Int { (machine.text("acts") ?? "").split(separator: "\n").count { $0 == name } }

  func run(_ fate: RunnerLossCampaign.Fate?) async throws -> Receipt.State {
    // The runner is the parent of `timeout`, whose group the act is in.
    let find = "read -r _ _ _ up _ < /proc/$$/stat; read -r _ _ _ runner _ < /proc/$up/stat"
    let death =
      switch fate {
      case .runner: "\(find); kill -9 $runner"
      case .session, .reboot: "\(find); kill -9 $runner; kill -9 0"
      case nil: ":"
      }
    let effect = "echo \(name) >> acts"
    let command = isBefore && fate != .runner ? "\(death); \(effect)" : "\(effect); \(death)"
    return try await send(receipt.runCommand(command, timeoutSeconds: 10))
  }

  func ask() async throws -> Receipt.State { try await send(receipt.askCommand) }

  func reboot() async throws {
    let boot = ".local/state/belay/receipts/r/\(name).boot"
    guard try await machine.run("echo 00000000-0000-0000-0000-000000000000 > \(boot)").isSuccess else {
      throw FixtureError("there is no \(boot)")
    }
  }

  private func send(_ command: String) async throws -> Receipt.State {
    try await Receipt.read(CommandResult(machine.run(command))).state
  }
}
