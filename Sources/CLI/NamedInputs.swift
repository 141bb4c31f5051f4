import Loading
import Model
import Planning
import Platform

/// The inputs that a command line names, by position or by name, before the runbook's types are known.
struct NamedInputs {
  private let positionals: [String]
  private let with: String?
  private let set: [(name: String, value: String)]

  /// `skipping` is how many positional words are not inputs, such as the runbook's name.
  init(_ arguments: Arguments, _ session: Session) throws {
    positionals = arguments.positionals
    with = arguments.value(.with)
    set = try arguments.values(.set).map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw UsageError("--set takes NAME=VALUE, not \"\(pair)\"")
      }
      guard parts[1].hasPrefix("@") else { return (parts[0], parts[1]) }
      let bytes = try readFile(String(parts[1].dropFirst()), limit: 1 << 20)
      return (parts[0], String(decoding: bytes, as: UTF8.self))
    }
  }

  var words: [String] { positionals + set.map(\.value) + [with].compactMap(\.self) }

  func resolve(_ runbook: Runbook, cluster: Cluster?) throws -> [String: InputValue] {
    var texts: [String: String] = [:]
    for input in runbook.inputs {
      texts[input.name] = Host.environment("BELAY_VAR_\(input.name)") ?? input.defaultText
    }
    let nodeInputs = runbook.inputs.filter {
      if case .node = $0.type { $0.defaultText == nil } else { false }
    }
    let given = positionals + [with].compactMap(\.self)
    guard given.count <= nodeInputs.count else {
      throw UsageError(
        "\(runbook.name) takes \(nodeInputs.count) nodes (\(nodeInputs.map(\.name).joined(separator: ", "))), "
          + "and \(given.count) are named")
    }
    for (input, word) in zip(nodeInputs, given) { texts[input.name] = word }
    for (name, value) in set {
      guard runbook.inputs.contains(where: { $0.name == name }) else {
        let near = suggestion(for: name, among: runbook.inputs.map(\.name))
        throw UsageError(
          "\(runbook.name) has no input \"\(name)\"\(near.map { "; did you mean \"\($0)\"?" } ?? "")")
      }
      texts[name] = value
    }
    var resolved: [String: InputValue] = [:]
    for input in runbook.inputs {
      guard let text = texts[input.name] else {
        throw UsageError("\(runbook.name) needs \(input.name): \(input.help) (--set \(input.name)=…)")
      }
      resolved[input.name] = try value(text, for: input, cluster: cluster)
    }
    return resolved
  }

  private func value(_ text: String, for input: InputDeclaration, cluster: Cluster?) throws -> InputValue {
    func wrong(_ expected: String) -> UsageError {
      UsageError("\(input.name) takes \(expected), not \"\(text)\"")
    }
    switch input.type {
    case .string: return .value(.string(text))
    case .int:
      guard let number = Int(text) else { throw wrong("a whole number") }
      return .value(.number(Double(number)))
    case .bool:
      guard text == "true" || text == "false" else { throw wrong("true or false") }
      return .value(.bool(text == "true"))
    case .duration:
      guard Duration(written: text) != nil else { throw wrong("a duration such as 30s, 2m or 1h") }
      return .value(.string(text))
    case .choice(let choices):
      guard choices.contains(text) else { throw wrong("one of \(choices.joined(separator: ", "))") }
      return .value(.string(text))
    case .node:
      let names = (cluster?.nodes ?? []).map(\.name.rawValue)
      guard names.contains(text) else {
        let near = suggestion(for: text, among: names)
        throw Stop(
          .invalid, "no node is called \"\(text)\" in the inventory",
          help: near.map { "did you mean \"\($0)\"?" } ?? "`belay inventory` lists the nodes")
      }
      return .node(NodeName(text))
    }
  }
}
