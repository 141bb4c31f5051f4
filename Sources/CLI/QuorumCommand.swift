import Model
import Planning
import Platform

extension Command {
  static let quorum = Command(
    name: "quorum", usage: "< VIEWS",
    summary: "judge views, one JSON object a line on standard input, from data alone",
    flags: [.json]
  ) { _, session in
    var allAllowed = true
    var number = 0
    while let line = readLine(strippingNewline: true) {
      number += 1
      if line.allSatisfy(\.isWhitespace) { continue }
      let verdict = try judge(line, number: number)
      allAllowed = allAllowed && verdict.decision == .allow
      session.print(verdict.json)
    }
    return allAllowed ? .done : .refused
  }

  private static func judge(_ line: String, number: Int) throws -> GuardVerdict {
    func wrong(_ why: String) -> Stop {
      Stop(
        .invalid, "line \(number) of the input: \(why)",
        help: "`belay help quorum` and docs/guards.md show the form")
    }
    let view: Value
    do {
      view = try JSONReader.parse(line)
    } catch {
      throw wrong("column \(error.offset + 1): \(error.message)")
    }
    guard let operation = view["operation"]?.stringValue.flatMap({ GuardedOperation(rawValue: $0) }) else {
      throw wrong(
        "operation must be one of \(GuardedOperation.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let target = view["target"]?.stringValue else { throw wrong("target must be a member's name") }
    guard let members = view["members"]?.arrayValue else { throw wrong("members must be a list") }
    let guarded = try members.map { member in
      guard let name = member["name"]?.stringValue, let isVoter = member["voter"]?.boolValue,
        let state = member["state"]?.stringValue.flatMap({ Health(rawValue: $0) })
      else { throw wrong("a member needs name, voter and state (healthy, unhealthy or unknown)") }
      return GuardedMember(
        name: name, isVoter: isVoter, health: state, isLeader: member["leader"]?.boolValue ?? false)
    }
    return Planning.judge(
      operation, target: target, among: guarded, learnerCaughtUp: view["learner_caught_up"]?.boolValue)
  }
}

extension GuardVerdict {
  fileprivate var json: String {
    let value: Value = [
      "verdict": .string(decision.rawValue), "reason": .string(reason), "voters": .number(Double(voters)),
      "healthy": .number(Double(healthy)), "quorum_before": .number(Double(quorumBefore)),
      "quorum_after": .number(Double(quorumAfter)), "margin": .number(Double(margin)),
    ]
    return value.json()
  }
}
