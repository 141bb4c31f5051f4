import Execution
import Model
import Platform
import TestSupport
import Transport

/// One act on a machine whose real shell reads what belay sends.
protocol ReceiptBench {}

extension ReceiptBench {
  static var shells: [LocalShell.Kind] { LocalShell.Kind.allCases.filter(\.isInstalled) }
  var receipt: Receipt { Receipt(run: RunID("r1"), name: "join.0") }
  var place: String { ".local/state/belay/receipts/r1/join.0" }

  func run(
    _ command: String, in machine: LocalShell, stdin: String = "", timeoutSeconds: Int = 10
  ) async throws -> (state: Receipt.State, stdout: String, stderr: String) {
    try await send(receipt.runCommand(command, timeoutSeconds: timeoutSeconds), to: machine, stdin: stdin)
  }

  /// An answer of `never` closes the attempts up to this one: none, if nothing else is said.
  func ask(_ machine: LocalShell, attempt: Int = 0) async throws -> Receipt.State {
    try await send(Receipt(run: receipt.run, name: receipt.name, attempt: attempt).askCommand, to: machine)
      .state
  }

  func send(_ text: String, to machine: LocalShell, stdin: String = "") async throws
    -> (state: Receipt.State, stdout: String, stderr: String)
  {
    let result = try await machine.run(text, stdin: Array(stdin.utf8), outputLimit: 4 << 20)
    let (state, stdout) = Receipt.read(CommandResult(result))
    return (state, String(decoding: stdout, as: UTF8.self), result.stderr.text)
  }
}
