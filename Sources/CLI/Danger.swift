import Execution
import Model
import Planning
import Report

extension Flag {
  static let confirm = Flag(
    name: "confirm", value: "PHRASE", isRepeatable: true,
    help: "a phrase of the plan that names what will be lost; --yes does not say it")
}

extension Session {
  /// Gives the phrases back once the operator has typed each of them, here or on the command line.
  func confirmDanger(_ phrases: [String], _ arguments: Arguments) throws -> [String] {
    let given = arguments.values(.confirm)
    if let odd = given.first(where: { !phrases.contains($0) }) {
      let near = suggestion(for: odd, among: phrases) ?? phrases.first
      throw Stop(
        .usage, "--confirm \"\(odd)\" answers nothing in this plan; nothing was touched",
        help: near.map { "the phrase is: --confirm \(shellWord($0))" } ?? "leave it out")
    }
    let open = phrases.filter { !given.contains($0) }
    guard open.isEmpty || canAsk else {
      throw Stop(
        .refused, "something will be lost, and nobody has confirmed it; nothing was touched", details: open,
        help: "add " + open.map { "--confirm \(shellWord($0))" }.joined(separator: " "))
    }
    for phrase in open {
      say(paint("This cannot be taken back lightly.", .error) + " To go on, type: \(visible(phrase))")
      guard askLine(">") == phrase else {
        throw Stop(.refused, "that is not what was asked for; not applied, nothing was touched")
      }
    }
    return phrases
  }
}

/// A phrase as it is typed in a shell.
func shellWord(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    byte >= 0x80 || byte >= 0x20 && !"\"$`\\!".utf8.contains(byte)
  }
  return isPlain ? "\"\(text)\"" : "'\(text.replacing("'", with: #"'\''"#))'"
}
