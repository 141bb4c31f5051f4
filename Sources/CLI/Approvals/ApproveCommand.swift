import Model
import Planning
import Platform
import Report
import Signing

extension Flag {
  static let digest = Flag(
    name: "digest", value: "HEX", help: "approve without a question if the plan's digest begins so")
  static let check = Flag(name: "check", help: "say who has approved and who is missing, and sign nothing")
}

extension Command {
  static let approve = Command(
    name: "approve", usage: "FILE", summary: "show a saved plan, and agree to it with your own SSH key",
    flags: [.key, .digest, .check, .json]
  ) { arguments, session in
    guard arguments.positionals.count == 1 else { throw UsageError("belay approve needs one plan file") }
    let path = arguments.positionals[0]
    let file = try PlanFile.read(path)
    if arguments.has(.check) { return try await check(file, at: path, arguments, session) }
    let allowed = try file.allowedSigners()
    if !arguments.has(.json) {
      session.print(try file.plan.shown(.text, digest: file.digest, paint: session.outputPaint))
    }
    let state = try await file.approvalState(at: path)
    for line in state.lines { session.say("  \(visible(line))") }
    let key = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      try await SigningKey.choose(named: arguments.value(.key), allowed: allowed)
    }
    let names = Set(key.principals)
    if let author = state.signatures.first(where: { $0.purpose == .author }),
      !names.isDisjoint(with: author.principals)
    {
      throw Stop(
        .refused, "\(key.person) made this plan, and whoever makes one does not approve it",
        help: "ask somebody else" + (state.others.isEmpty ? "" : ": \(state.others.joined(separator: ", "))"))
    }
    if state.tally.approvals.contains(where: { !names.isDisjoint(with: $0.principals) }) {
      session.say("\(visible(key.person)) has approved it already; \(next(state.tally.missing, path))")
      if arguments.has(.json) { session.print(state.json(file)) }
      return .done
    }
    try confirm(file, at: path, as: key.person, arguments, session)
    let signature = try await file.sign(.approve, with: key)
    let saved = try SignatureFolder(beside: path).add(
      signature.signature, of: signature.person, fingerprint: signature.fingerprint)
    session.say("approved as \(visible(signature.person)), in \(visible(saved))")
    session.say(next(max(0, state.tally.missing - 1), path))
    if arguments.has(.json) { session.print(try await file.approvalState(at: path).json(file)) }
    return .done
  }

  private static func next(_ missing: Int, _ path: String) -> String {
    missing == 0
      ? "nobody is missing: belay apply \(visible(path))"
      : "\(missing) more \(missing == 1 ? "person has" : "people have") to type: belay approve \(visible(path))"
  }

  /// A person says yes to the plan above, or names the digest of what they have reviewed elsewhere.
  private static func confirm(
    _ file: PlanFile, at path: String, as person: String, _ arguments: Arguments, _ session: Session
  ) throws {
    if let digest = arguments.value(.digest) {
      guard digest.count >= 16, file.digest.hasPrefix(digest.lowercased()) else {
        throw Stop(
          .refused,
          "\(path) is another plan than --digest names: its digest is \(file.digest); nothing was signed",
          help: "name at least the first 16 digits of what you have reviewed")
      }
      return
    }
    guard session.canAsk else {
      throw Stop(
        .usage, "there is no terminal to ask on; nothing was signed",
        help: "name what you have reviewed: --digest \(file.digest.prefix(16))")
    }
    guard session.ask("Approve this plan as \(visible(person))? Type yes:") else {
      throw Stop(.refused, "not approved, nothing was signed")
    }
  }

  private static func check(_ file: PlanFile, at path: String, _ arguments: Arguments, _ session: Session)
    async throws -> ExitCode
  {
    let state = try await file.approvalState(at: path)
    if arguments.has(.json) {
      session.print(state.json(file))
    } else {
      for line in state.lines { session.print(visible(line)) }
      session.print(next(state.tally.missing, path))
    }
    return state.tally.isEnough ? .done : .refused
  }
}

extension ApprovalState {
  /// One object on one line.
  func json(_ file: PlanFile) -> String {
    let value: Value = [
      "format": 1, "digest": .string(file.digest), "statement": .string(file.statement(.approve)),
      "required": .number(Double(tally.required)), "missing": .number(Double(tally.missing)),
      "author": file.plan.approval?.author.map { .string($0) } ?? .null,
      "approvals": .array(
        tally.approvals.map {
          ["principal": .string($0.person), "fingerprint": .string($0.fingerprint)]
        }),
      "not_counted": .array(
        (tally.discounted.map(\.why) + unusable.map { "\($0.file): \($0.why)" }).map {
          .string($0)
        }),
    ]
    return value.json()
  }
}
