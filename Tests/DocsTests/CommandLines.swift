import Loading
import Model
import Platform

@testable import CLI

/// The command lines in a transcript or a synopsis: each command is one of belay's, and knows the flags.
struct CommandLines {
  private let block: DocBlock

  init(_ block: DocBlock) { self.block = block }

  func check() throws {
    var count = 0
    for line in block.lines {
      let text = line.hasPrefix("$ ") ? line.dropFirst(2) : line[...]
      let isCommand = block.words.first == "console" ? line.hasPrefix("$ ") : true
      let words = text.split(separator: " ").map(String.init)
      if isCommand, words.first == "belay" {
        count += 1
        try check(words)
      } else if isCommand, words.first == "make", words.count > 1 {
        count += 1
        let makefile = try readTextFile(Path.join(DocPage.root, "Makefile")).text
        guard makefile.contains("\n\(words[1]):") else { throw FalseExample("make knows no \(words[1])") }
      }
    }
    guard count > 0 else { throw FalseExample("there is no command in it") }
  }

  private func check(_ words: [String]) throws {
    // Words in capitals or with a bar stand for several.
    for name in words.dropFirst().first?.split(separator: "|").map(String.init) ?? [] {
      let library = RunbookLibrary(directories: [Path.join(DocPage.root, "runbooks")])
      let verbs = library.verbs
      let flags: [Flag]
      if let command = Command.all.first(where: { $0.name == name }) {
        flags = command.flags + [.noColor, .help]
      } else if verbs.contains(name) || name == "VERB" {
        flags = Command.run.flags + [.noColor, .help]
      } else {
        throw FalseExample("belay has no command \(name)")
      }
      for word in words.prefix(while: { $0 != "#" }) where word.hasPrefix("-") || word.hasPrefix("[-") {
        let flag = word.drop { $0 == "[" }.prefix { $0 != "=" && $0 != "]" }
        guard flags.contains(where: { $0.matches(String(flag)) }) else {
          throw FalseExample("belay \(name) knows no \(flag)")
        }
      }
    }
  }
}
