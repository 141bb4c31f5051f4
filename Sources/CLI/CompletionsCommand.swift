import Model

extension Command {
  static let completions = Command(
    name: "completions", usage: CompletionShell.allCases.map(\.rawValue).joined(separator: "|"),
    summary: "what a shell needs to complete belay's commands and flags", flags: []
  ) { arguments, session in
    let names = CompletionShell.allCases.map(\.rawValue)
    guard let name = arguments.positionals.first, arguments.positionals.count == 1,
      let shell = CompletionShell(rawValue: name)
    else { throw UsageError("belay completions needs one shell: \(names.joined(separator: ", "))") }
    session.print(shell.script(for: Command.all))
    return .done
  }
}

/// Writes the script for one shell, from the table that also parses and explains.
enum CompletionShell: String, CaseIterable {
  case bash, zsh, fish

  func script(for commands: [Command]) -> String {
    switch self {
    case .bash: bash(commands)
    case .zsh: zsh(commands)
    case .fish: fish(commands)
    }
  }

  /// What is no flag is a file, or a word that only the working directory knows.
  private func bash(_ commands: [Command]) -> String {
    let cases = commands.map { command in
      "    \(command.name)) flags=\(quote(command.completedFlags.flatMap(\.spellings).joined(separator: " "))) ;;"
    }
    return """
      # Put this into ~/.bashrc: source <(belay completions bash)
      _belay() {
        local word=${COMP_WORDS[COMP_CWORD]} flags=
        if [ "$COMP_CWORD" -eq 1 ]; then
          mapfile -t COMPREPLY < <(compgen -W \(quote(commands.map(\.name).joined(separator: " "))) -- "$word")
          return
        fi
        case ${COMP_WORDS[1]} in
      \(cases.joined(separator: "\n"))
        esac
        case $word in
          -*) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word") ;;
          *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        esac
      }
      complete -o filenames -F _belay belay

      """
  }

  private func zsh(_ commands: [Command]) -> String {
    let described = commands.map { "    \(quote("\($0.name):\($0.summary)"))" }
    let cases = commands.map { command in
      let flags = command.completedFlags.flatMap { flag in
        flag.spellings.map { spelling in
          // Colons and brackets have a meaning in these descriptions.
          let help = flag.help.map { ":[]\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
          return quote(
            "\(flag.isRepeatable ? "*" : "")\(spelling)[\(help)]" + (flag.value == nil ? "" : ":value:_files")
          )
        }
      }
      return "    \(command.name)) _arguments \((flags + [quote("*:file:_files")]).joined(separator: " ")) ;;"
    }
    return """
      #compdef belay
      # Put this into ~/.zshrc after compinit: source <(belay completions zsh)
      _belay() {
        local -a commands
        commands=(
      \(described.joined(separator: "\n"))
        )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        local command=${words[2]}
        shift words
        (( CURRENT-- ))
        case $command in
      \(cases.joined(separator: "\n"))
        esac
      }
      compdef _belay belay

      """
  }

  private func fish(_ commands: [Command]) -> String {
    var lines = ["# Put this into ~/.config/fish/config.fish: belay completions fish | source"]
    for command in commands {
      lines.append(
        "complete -c belay -n __fish_use_subcommand -f -a \(command.name) -d \(fishQuote(command.summary))")
      for flag in command.completedFlags {
        let short = flag.short.map { " -s \($0)" } ?? ""
        let value = flag.value == nil ? "" : " -r"
        lines.append(
          "complete -c belay -n '__fish_seen_subcommand_from \(command.name)' -l \(flag.name)\(short)\(value)"
            + " -d \(fishQuote(flag.help))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func quote(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  /// Inside quotes fish knows two escapes.
  private func fishQuote(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}

extension Command {
  fileprivate var completedFlags: [Flag] { flags + [.noColor, .help] }
}

extension Flag {
  fileprivate var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }
}
