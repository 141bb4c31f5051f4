import Model

/// One flag, for parsing, help and completions alike.
struct Flag: Sendable {
  let name: String
  var short: Character?
  /// What stands for the value in help; nil for a switch.
  var value: String?
  var isRepeatable = false
  let help: String

  static let inventory = Flag(
    name: "inventory", short: "i", value: "FILE", isRepeatable: true,
    help: "an inventory file or directory (or BELAY_INVENTORY, else inventory.yaml)")
  static let set = Flag(
    name: "set", short: "e", value: "NAME=VALUE", isRepeatable: true,
    help: "an input of the runbook; @FILE reads it from a file")
  static let limit = Flag(name: "limit", short: "l", value: "CLUSTER", help: "the cluster to work on")
  static let yes = Flag(name: "yes", short: "y", help: "do not ask before applying; guards are never skipped")
  static let override = Flag(
    name: "override", value: "GUARD", isRepeatable: true,
    help: "go past a guard that the system declares, if it allows that; needs --because")
  static let because = Flag(
    name: "because", value: "TEXT",
    help: "why: a guard is overridden, an outcome decided on, a run undone; journaled")
  static let forks = Flag(
    name: "forks", short: "f", value: "N", help: "how many nodes are connected to at once (default 64)")
  static let timeout = Flag(
    name: "timeout", value: "DURATION", help: "how long connecting to a node may take (default 10s)")
  static let json = Flag(name: "json", help: "machine-readable output")
  static let sarif = Flag(name: "sarif", help: "what was found as SARIF 2.1.0, for code hosting")
  static let rules = Flag(name: "rules", help: "list what is looked for in commands, and check nothing")
  static let noColor = Flag(name: "no-color", help: "no colours (or NO_COLOR)")
  static let verbose = Flag(name: "verbose", short: "v", help: "show what commands print")
  static let out = Flag(name: "out", value: "FILE", help: "save the plan to apply it later")
  static let detailedExitCode = Flag(
    name: "detailed-exitcode", help: "exit with 20 when there are changes to make")
  static let with = Flag(name: "with", value: "NODE", help: "the node that takes the other's place")
  static let rehearse = Flag(
    name: "rehearse-failure", value: "STEP[:before|at|after]",
    help: "make this act fail on purpose, to see the way back (for a lab)")
  static let head = Flag(
    name: "head", value: "HEAD", help: "a head noted earlier (NUMBER:HASH): a cut at the end shows too")
  static let system = Flag(name: "system", value: "NAME", help: "etcd (default) or one that is played")
  static let members = Flag(name: "members", value: "N", help: "how many members (default 3)")
  static let spares = Flag(name: "spares", value: "N", help: "how many spare nodes (default 2)")
  static let directory = Flag(
    name: "directory", value: "DIR", help: "where the lab keeps its files (default .belay/lab/SYSTEM)")
  static let rootless = Flag(
    name: "rootless", help: "loopback addresses and processes of your own instead of machines")
  static let help = Flag(name: "help", short: "h", help: "this text")
}

/// What a command line said, once every word of it was understood.
struct Arguments: Sendable {
  var positionals: [String] = []
  private var values: [String: [String]] = [:]

  func has(_ flag: Flag) -> Bool { values[flag.name] != nil }
  func value(_ flag: Flag) -> String? { values[flag.name]?.last }
  func values(_ flag: Flag) -> [String] { values[flag.name] ?? [] }

  mutating func set(_ flag: Flag, to value: String) { values[flag.name] = [value] }

  func count(_ flag: Flag, or fallback: Int) throws -> Int {
    guard let text = value(flag) else { return fallback }
    guard let number = Int(text), (0...100_000).contains(number) else {
      throw UsageError("--\(flag.name) takes a whole number, not \"\(text)\"")
    }
    return number
  }

  init(_ words: [String], flags: [Flag], command: String) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positionals += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        positionals.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let flag = flags.first(where: { $0.matches(name) }) else {
        let near = suggestion(for: name, among: flags.map { "--\($0.name)" })
        throw UsageError(
          "`belay \(command)` knows no flag \(name)\(near.map { "; did you mean \($0)?" } ?? "")")
      }
      if flag.value == nil {
        guard parts.count == 1 else { throw UsageError("--\(flag.name) takes no value") }
        values[flag.name] = []
      } else {
        guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
          throw UsageError("--\(flag.name) needs a value: \(flag.value ?? "")")
        }
        if values[flag.name] != nil, !flag.isRepeatable { throw UsageError("--\(flag.name) is given twice") }
        values[flag.name, default: []].append(value)
      }
    }
  }
}

extension Flag {
  func matches(_ word: String) -> Bool {
    word == "--\(name)" || short.map { word == "-\($0)" } == true
  }

  var usage: String {
    let long = "--\(name)" + (value.map { " \($0)" } ?? "")
    return short.map { "-\($0), \(long)" } ?? "    \(long)"
  }
}

/// The command line is wrong: exit 2, with what to type instead.
struct UsageError: Error {
  var message: String
  init(_ message: String) { self.message = message }
}
