import Model
import Platform
import TestSupport
import Testing

@testable import CLI

@Suite struct CompletionsTests {
  /// What bash offers for the last word, asked of bash itself.
  private func offers(_ words: [String]) async throws -> [String] {
    let script = CompletionShell.bash.script(for: Command.all)
    let asked = words.map { "'\($0)'" }.joined(separator: " ")
    let result = try await Subprocess(
      "bash",
      [
        "--norc", "-c",
        "\(script)\nCOMP_WORDS=(\(asked)); COMP_CWORD=\(words.count - 1)\n_belay; printf '%s\\n' \"${COMPREPLY[@]}\"; complete -p belay",
      ],
      directory: "/"
    ).run()
    #expect(result.isSuccess && result.stderr.text.isEmpty, "\(result.stderr.text)")
    let lines = result.stdout.text.split(separator: "\n").map(String.init)
    #expect(lines.last == "complete -o filenames -F _belay belay")
    return lines.dropLast()
  }

  @Test func bashOffersCommands() async throws {
    #expect(try await offers(["belay", ""]) == Command.all.map(\.name))
    #expect(try await offers(["belay", "sch"]) == ["schema"])
    #expect(try await offers(["belay", "zzz"]) == [])
  }

  @Test func bashOffersTheFlagsOfACommand() async throws {
    for command in Command.all {
      let offered = Set(try await offers(["belay", command.name, "--"]))
      #expect(
        offered == Set(command.flags.map { "--\($0.name)" } + ["--no-color", "--help"]), "\(command.name)")
    }
  }

  @Test func bashOffersFilesElsewhere() async throws {
    #expect(try await offers(["belay", "check", "et"]) == ["etc"])
  }

  /// Whatever a help text holds stays inside its quotes.
  @Test(arguments: CompletionShell.allCases)
  func quotesWhatItSays(shell: CompletionShell) {
    let flag = Flag(name: "odd", value: "X", help: "it's [a] \\ $(touch x) `y` : \"z\"")
    let command = Command(name: "try", usage: "", summary: "don't; $HOME", flags: [flag]) { _, _ in .done }
    let script = shell.script(for: [command])
    let line = script.split(separator: "\n").first { $0.contains("touch x") }
    if shell == .bash {
      #expect(line == nil)
    } else {
      #expect(
        line?.contains(shell == .zsh ? "it'\\''s \\[a\\] \\\\ $(touch x)" : "it\\'s [a] \\\\ $(touch x)")
          == true)
    }
  }
}
