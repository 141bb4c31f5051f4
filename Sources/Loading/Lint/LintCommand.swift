import Expressions

/// A program with its arguments as rules see it: `sudo timeout 5 rm x` is three of them, one inside the other.
final class LintCommand {
  /// The command of the script that it is, or is a part of.
  let command: ShellCommand
  /// The program first; empty for an assignment or a redirection that stands alone.
  let words: [ShellCommand.Word]
  /// The programs that run it, outermost first: `sudo`, `ssh`, `timeout`.
  let wrappers: [String]
  /// Around the command, and around the commands that run it; outermost first.
  let loops: [ShellCommand.Loop]
  /// Whether a script of another command holds it, in `$(…)` or in a word.
  let isInside: Bool
  let isSubstituted: Bool
  /// The program's name without its directory; empty when it is not written out.
  let program: String

  init(
    _ command: ShellCommand, words: [ShellCommand.Word], wrappers: [String], loops: [ShellCommand.Loop],
    isInside: Bool, isSubstituted: Bool
  ) {
    self.command = command
    self.words = words
    self.wrappers = wrappers
    self.loops = loops
    self.isInside = isInside
    self.isSubstituted = isSubstituted
    program = Self.name(words.first)
  }

  static func name(_ word: ShellCommand.Word?) -> String {
    guard let word, word.isLiteral else { return "" }
    return word.text.split(separator: "/").last.map(String.init) ?? ""
  }

  var arguments: ArraySlice<ShellCommand.Word> { words.dropFirst() }

  /// Arguments that are no options, up to the values of those that have one.
  var operands: [ShellCommand.Word] {
    var result: [ShellCommand.Word] = []
    var optionsEnded = false
    for word in arguments {
      if !optionsEnded, word.text == "--" {
        optionsEnded = true
      } else if optionsEnded || !word.text.hasPrefix("-") || word.text == "-" {
        result.append(word)
      }
    }
    return result
  }

  /// The first option of its own that is one of these: `-r` also inside `-rf`, `--long` also as `--long=value`.
  func option(_ names: String...) -> ShellCommand.Word? {
    for word in ownPart where word.text.hasPrefix("-") {
      if word.text == "--" { return nil }
      for name in names {
        if word.text == name || word.text.hasPrefix("\(name)=") && name.hasPrefix("--") { return word }
        let isLetter = name.utf8.count == 2 && !name.hasPrefix("--")
        if isLetter, !word.text.hasPrefix("--"), word.text.dropFirst().contains(name.dropFirst()) {
          return word
        }
      }
    }
    return nil
  }

  /// The value of an option, attached with `=` or as the next word.
  func value(_ names: String...) -> ShellCommand.Word? {
    for (index, word) in words.enumerated().dropFirst() {
      if names.contains(word.text) { return words.indices.contains(index + 1) ? words[index + 1] : nil }
      if names.contains(where: { word.text.hasPrefix("\($0)=") }) { return word }
    }
    return nil
  }

  func hasArgument(_ texts: String...) -> Bool { arguments.contains { texts.contains($0.text) } }

  /// Two arguments in a row, as in `etcdctl … member add`.
  func hasPair(_ first: String, _ second: String) -> ShellCommand.Word? {
    for (index, word) in words.enumerated().dropFirst()
    where word.text == first && words.indices.contains(index + 1) && words[index + 1].text == second {
      return word
    }
    return nil
  }

  var isBackground: Bool { command.link == .background }
  /// Something ends it when its time is up.
  var isTimeLimited: Bool { wrappers.contains("timeout") }
}
