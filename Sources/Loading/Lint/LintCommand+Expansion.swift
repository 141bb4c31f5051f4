import Expressions

/// Programs that run another one, given in their own words.
private struct Wrapper {
  /// Options whose value is the next word.
  var valued: Set<String> = []
  /// Words before the program that are no options.
  var operands = 0
}

private let wrappers: [String: Wrapper] = [
  "sudo": Wrapper(valued: ["-u", "-g", "-h", "-p", "-C", "-T", "-U", "-D", "-R", "--user", "--group"]),
  "doas": Wrapper(valued: ["-u", "-C"]),
  "env": Wrapper(valued: ["-u", "-C", "-S"]),
  "nohup": Wrapper(), "time": Wrapper(), "setsid": Wrapper(), "busybox": Wrapper(), "builtin": Wrapper(),
  "nice": Wrapper(valued: ["-n"]),
  "ionice": Wrapper(valued: ["-c", "-n"]),
  "exec": Wrapper(valued: ["-a"]),
  "stdbuf": Wrapper(valued: ["-i", "-o", "-e"]),
  "timeout": Wrapper(valued: ["-s", "-k", "--signal", "--kill-after"], operands: 1),
  "flock": Wrapper(valued: ["-w", "-E"], operands: 1),
  "xargs": Wrapper(valued: ["-n", "-P", "-I", "-d", "-L", "-s", "-E", "-a"]),
]

private let sshValued = Set("BbcDEeFIiJLlmOopQRSWw".map { "-\($0)" })
private let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh"]

/// What a command runs besides itself.
private enum Inner {
  case words(ArraySlice<ShellCommand.Word>)
  case code(ArraySlice<ShellCommand.Word>)
}

extension LintCommand {
  /// Deeper than any command that a person could still read.
  private static let depthLimit = 8

  /// Every program that a script runs, in the order of its text: those in `$(…)` before the command that
  /// uses their output, those inside `sudo`, `ssh` or `sh -c` behind it.
  static func all(in script: ShellScript) -> [LintCommand] {
    all(script.commands, of: script, wrappers: [], loops: [], isInside: false, isSubstituted: false, depth: 0)
  }

  private static func all(
    _ commands: [ShellCommand], of script: ShellScript, wrappers: [String], loops: [ShellCommand.Loop],
    isInside: Bool, isSubstituted: Bool, depth: Int
  ) -> [LintCommand] {
    guard depth < depthLimit else { return [] }
    var result: [LintCommand] = []
    for command in commands {
      let loops = loops + command.loops
      result += all(
        command.inner, of: script, wrappers: wrappers, loops: loops, isInside: true, isSubstituted: true,
        depth: depth + 1)
      var names = wrappers
      var words = command.words[...]
      for _ in 0..<depthLimit {
        let site = LintCommand(
          command, words: Array(words), wrappers: names, loops: loops, isInside: isInside,
          isSubstituted: isSubstituted)
        result.append(site)
        names.append(site.program)
        switch site.inner {
        case .words(let rest)? where !rest.isEmpty:
          words = rest
          continue
        case .code(let code)? where !code.isEmpty:
          let nested = script.code(in: code)
          result += all(
            nested.commands, of: nested, wrappers: names, loops: loops, isInside: true,
            isSubstituted: isSubstituted, depth: depth + 1)
        default: break
        }
        break
      }
    }
    return result
  }

  private var inner: Inner? {
    if let wrapper = Loading.wrappers[program] { return .words(rest(of: wrapper)) }
    switch program {
    case "command": return option("-v", "-V") == nil ? .words(arguments.drop { $0.text == "-p" }) : nil
    case "eval": return .code(arguments)
    case "ssh": return .code(remoteCommand)
    case "watch": return .code(afterOptions(valued: ["-n", "--interval"]))
    case "su", "runuser": return value("-c", "--command").map { .code([$0]) }
    case "nix", "nix-shell": return afterFirst("-c", "--command", "--run").map { .words($0) }
    case "kubectl", "docker", "podman": return containerCommand
    case _ where shells.contains(program):
      let flag = arguments.firstIndex {
        $0.text.hasPrefix("-") && !$0.text.hasPrefix("--") && $0.text.hasSuffix("c")
      }
      guard let flag else { return nil }
      return .code(words[(flag + 1)...].prefix(1))
    default: return nil
    }
  }

  /// Its arguments up to the program that it runs.
  var ownPart: ArraySlice<ShellCommand.Word> {
    guard let wrapper = Loading.wrappers[program] else {
      return program == "ssh" ? arguments.dropLast(remoteCommand.count) : arguments
    }
    return arguments.dropLast(rest(of: wrapper).count)
  }

  private func rest(of wrapper: Wrapper) -> ArraySlice<ShellCommand.Word> {
    var rest = afterOptions(valued: wrapper.valued).dropFirst(wrapper.operands)
    if program == "env" || program == "sudo" {
      rest = rest.drop { !$0.text.hasPrefix("-") && $0.text.contains("=") }
    }
    return rest
  }

  private func afterOptions(valued: Set<String>) -> ArraySlice<ShellCommand.Word> {
    var rest = arguments
    while let word = rest.first, word.text.hasPrefix("-") {
      rest = rest.dropFirst(valued.contains(word.text) ? 2 : 1)
      if word.text == "--" { break }
    }
    return rest
  }

  private func afterFirst(_ texts: String...) -> ArraySlice<ShellCommand.Word>? {
    arguments.firstIndex { texts.contains($0.text) }.map { words[($0 + 1)...] }
  }

  private var containerCommand: Inner? {
    guard arguments.first?.text == "exec" else { return nil }
    if let rest = afterFirst("--") { return .words(rest) }
    guard program != "kubectl" else { return nil }
    var rest = arguments.dropFirst()
    while let word = rest.first, word.text.hasPrefix("-") {
      rest = rest.dropFirst(["-e", "-u", "-w", "--env", "--user", "--workdir"].contains(word.text) ? 2 : 1)
    }
    return .words(rest.dropFirst())
  }

  // MARK: ssh

  /// The host that `ssh` goes to.
  var remoteHost: ShellCommand.Word? { program == "ssh" ? afterOptions(valued: sshValued).first : nil }

  /// What it runs there; empty for a session of a person.
  var remoteCommand: ArraySlice<ShellCommand.Word> {
    guard program == "ssh" else { return [] }
    var rest = afterOptions(valued: sshValued).dropFirst()
    // Options may follow the host.
    while let word = rest.first, word.text.hasPrefix("-") {
      rest = rest.dropFirst(sshValued.contains(word.text) ? 2 : 1)
    }
    return rest
  }
}
