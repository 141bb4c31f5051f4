import Expressions
package import Model
package import Planning
import Transport

extension PlannedTask.Place {
  /// The node, as far as it is known while planning.
  package var node: NodeName? {
    switch self {
    case .node(let name): name
    case .leader(let now): now
    case .anyOf(let names): names.first
    case .belay: nil
    }
  }
}

extension PlannedTask.Work {
  package var display: String {
    if case .command(let command) = self { return command.display }
    return act?.display ?? ""
  }

  /// How an act of belay's own is undone, in words.
  package var undoDisplay: String { act?.undoDisplay ?? "" }
}

extension PlannedCommand {
  /// Whether it names anything that only a fresh look at the cluster can tell.
  var dependsOnTheCluster: Bool { late.keys.contains { !$0.hasPrefix("run.") && !$0.hasPrefix("steps.") } }

  /// The command with its late values looked up now; every value arrives as one word.
  func rendered(in scope: Scope) throws -> String {
    try ShellTemplate.parse(template).template.render { reference in
      if let value = fixed[reference.text] { return value }
      guard let value = scope.text(at: reference.path) else {
        throw MissingValue(description: "nothing is known of ${\(reference.text)} yet")
      }
      return value
    }
  }
}

extension PlannedCommand {
  func input(_ secrets: [String: Secret]) throws -> [UInt8] {
    try stdin.map { try $0.bytes(secrets) } ?? []
  }
}

extension [PlannedTextPart] {
  func bytes(_ secrets: [String: Secret]) throws -> [UInt8] {
    guard let text = revealed(secrets) else { throw MissingValue(description: "a secret was not given") }
    return [UInt8](text.utf8)
  }
}

struct MissingValue: Error, CustomStringConvertible {
  var description: String
}

extension TaskOutput {
  /// What a journal keeps of a command: the beginning of each stream, and how much there was.
  init(_ result: CommandResult, stdout: [UInt8]? = nil) {
    let limit = 64 * 1024
    let printed = stdout ?? result.stdout.bytes
    var exit: Int?
    if case .status(let status) = result.exit { exit = status }
    self.init(
      exit: exit, stdout: String(decoding: printed.prefix(limit), as: UTF8.self),
      stderr: String(decoding: result.stderr.bytes.prefix(limit), as: UTF8.self),
      stdoutBytes: stdout?.count ?? result.stdout.total, stderrBytes: result.stderr.total)
  }
}
