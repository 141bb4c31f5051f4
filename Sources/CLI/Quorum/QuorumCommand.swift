import Model
import Planning
import Platform
import Report

extension Command {
  static let quorum = Command(
    name: "quorum", usage: "< VIEWS",
    summary: "judge views, one JSON object a line on standard input, from data alone",
    flags: [.json]
  ) { arguments, session in
    guard arguments.positionals.isEmpty else {
      throw UsageError("belay quorum reads views from standard input: belay quorum < FILE")
    }
    var reader = ViewReader()
    var count = 0
    var allowed = 0
    var broken = 0
    while let view = try reader.next() {
      count += 1
      do throws(BrokenView) {
        let verdict = try view.judged()
        if verdict.decision == .allow { allowed += 1 }
        session.print(verdict.json)
      } catch {
        broken += 1
        // In its place, so that the n-th verdict stays that of the n-th view.
        session.print(GuardVerdict.jsonOfNone(because: error.message))
        if broken <= 10 { session.fail(error.message) }
      }
    }
    if broken > 0 {
      session.say(
        "\(broken) of \(count) could not be read; `belay help quorum` and docs/guards.md show the form")
    }
    // Where a view was expected and none came, nothing is allowed.
    if count == 0 {
      session.fail("there is no view on standard input", help: "docs/guards.md shows the form")
    }
    return count > 0 && allowed == count ? .done : .refused
  }
}

/// A view that is none, with its place.
struct BrokenView: Error {
  var message: String
}

extension ViewReader.View {
  func judged() throws(BrokenView) -> GuardVerdict {
    if let problem { throw BrokenView(message: "line \(line), column 1: \(problem)") }
    let view: Value
    do {
      view = try JSONReader.parse(bytes)
    } catch {
      throw BrokenView(message: "\(place(ofByte: error.offset)): \(error.message)")
    }
    func wrong(_ key: String, _ why: String) -> BrokenView {
      BrokenView(message: "\(place(ofKey: key)): \(why)")
    }
    guard view.objectValue != nil else {
      throw wrong("", "a view is an object with operation, target and members")
    }
    guard let operation = view["operation"]?.stringValue.flatMap({ GuardedOperation(rawValue: $0) }) else {
      let known = GuardedOperation.allCases.map(\.rawValue)
      let near = view["operation"]?.stringValue.flatMap { suggestion(for: $0, among: known) }
      throw wrong(
        "operation",
        "operation must be one of \(known.joined(separator: ", "))"
          + (near.map { "; did you mean \"\($0)\"?" } ?? ""))
    }
    guard let target = view["target"]?.stringValue, !target.isEmpty else {
      throw wrong("target", "target must be a member's name")
    }
    guard let members = view["members"]?.arrayValue else { throw wrong("members", "members must be a list") }
    var guarded: [GuardedMember] = []
    for (index, member) in members.enumerated() {
      guard let name = member["name"]?.stringValue, !name.isEmpty, let isVoter = member["voter"]?.boolValue,
        let state = member["state"]?.stringValue.flatMap({ Health(rawValue: $0) }),
        let leads = flag(member["leader"])
      else {
        throw wrong(
          "members",
          "member \(index + 1) needs name, voter (true or false) and state (healthy, unhealthy or unknown), "
            + "and leader, where it stands, is true or false")
      }
      guarded.append(GuardedMember(name: name, isVoter: isVoter, health: state, isLeader: leads))
    }
    guard let caughtUp = flag(view["learner_caught_up"]) else {
      throw wrong("learner_caught_up", "learner_caught_up is true or false")
    }
    return Planning.judge(operation, target: target, among: guarded, learnerCaughtUp: caughtUp)
  }

  /// Absent and null are false; anything but a boolean is nothing.
  private func flag(_ value: Value?) -> Bool? {
    switch value {
    case nil, .null?: false
    case .bool(let flag)?: flag
    default: nil
    }
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

  /// Nothing was counted, so that no number is given.
  fileprivate static func jsonOfNone(because reason: String) -> String {
    let value: Value = [
      "verdict": .string(Decision.refuse.rawValue), "reason": .string(reason), "voters": .null,
      "healthy": .null, "quorum_before": .null, "quorum_after": .null, "margin": .null,
    ]
    return value.json()
  }
}
