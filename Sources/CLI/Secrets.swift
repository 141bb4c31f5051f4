import Execution
import Expressions
import Journal
import Loading
import Model
import Planning
import Platform
import Synchronization

/// The secrets of a run, by the names of their inputs: in memory only, and masked wherever they turn up.
struct Secrets: Sendable {
  let values: [String: Secret]
  let mask: SecretMask

  static let none = Secrets([:])

  init(_ values: [String: Secret]) {
    self.values = values
    mask = values.isEmpty ? .none : SecretMask(values.values.map { $0.reveal() }, replacement: Secret.shown)
  }

  /// A secret that also stands in the plan, or is a word of the journal's own, could not be hidden without
  /// spoiling the record of the run.
  func refuseCollisions(with plan: Plan) throws {
    if values.isEmpty { return }
    let record = String(decoding: try plan.encoded(), as: UTF8.self) + Secrets.vocabulary
    for (name, secret) in values.sorted(by: { $0.key < $1.key })
    where SecretMask([secret.reveal()]).apply(record) != record {
      throw Stop(
        .refused,
        "the secret \(name) cannot be hidden: the plan holds the same text in clear; nothing was touched",
        help: "take it out of the runbook, the inventory and the other inputs, or use a longer secret")
    }
  }

  /// The words that events are made of: the names of their cases, and of what they hold.
  private static var vocabulary: String {
    let cases: [[String]] = [
      RunEvent.caseNames, RunEvent.caseNames.map(RunLog.kebab), TaskOutcome.caseNames, Settlement.caseNames,
      UndoOutcome.caseNames, Restoration.caseNames, GuardVerdict.Decision.allCases.map(\.rawValue),
      Health.allCases.map(\.rawValue), [RunLog.startKind, words],
    ]
    return cases.joined().joined(separator: " ")
  }
  private static let words = """
    warn overridden runs purpose observation membership disagreements reports silent verdict outcome output
    command attempt restoration summary decision quorumBefore quorumAfter fence after
    """

  /// What is wrong with a text as a secret; nil when it is fit.
  static func unfitness(of text: String) -> String? {
    if text.utf8.count < 4 { return "has less than 4 characters, and would be found everywhere by chance" }
    if text.utf8.count < 8, text.allSatisfy(\.isNumber) {
      return "is a short number, as the journal has many"
    }
    return text.utf8.contains(0) ? "holds a NUL byte" : nil
  }
}

extension NamedInputs {
  /// Secrets come from a file, from the environment or from a person, never from the command line: everybody on
  /// this machine can read that.
  func secrets(of runbook: Runbook, _ session: Session) throws -> Secrets {
    var values: [String: Secret] = [:]
    for input in runbook.inputs where input.type == .secret {
      let text = try text(of: input, session)
      let secret = text.hasSuffix("\n") ? String(text.dropLast()) : text
      if let problem = Secrets.unfitness(of: secret) {
        throw UsageError("the secret \(input.name) \(problem)")
      }
      if input.mismatch(secret) != nil {
        throw UsageError("the secret \(input.name) does not match \(input.limits.pattern ?? "its pattern")")
      }
      values[input.name] = Secret(secret)
    }
    let secrets = Secrets(values)
    session.hide(secrets.mask)
    return secrets
  }

  /// Only secrets are given again; everything else is as it was reviewed.
  func refuseAllButSecrets(of runbook: Runbook) throws {
    let names = runbook.inputs.filter { $0.type == .secret }.map(\.name)
    if let other = setNames.first(where: { !names.contains($0) }) {
      throw UsageError("\(other) is as it was reviewed: only secrets are given again")
    }
  }

  private func text(of input: InputDeclaration, _ session: Session) throws -> String {
    switch given(input.name) {
    case .file(let text)?: return text
    case .literal?:
      throw UsageError(
        "\(input.name) is a secret, and every user of this machine can read a command line; "
          + "write it to a file for --set \(input.name)=@FILE, or set BELAY_VAR_\(input.name)")
    case nil: break
    }
    if let text = Host.environment("BELAY_VAR_\(input.name)") { return text }
    let help = input.help.isEmpty ? "" : " (\(input.help))"
    guard let text = session.askHidden("\(input.name)\(help):") else {
      throw UsageError(
        "the secret \(input.name) is missing: give it with --set \(input.name)=@FILE or BELAY_VAR_\(input.name)"
      )
    }
    return text
  }
}

/// Hides secrets in everything that a session says, from the moment they are known.
final class Veil: Sendable {
  private let mask = Mutex(SecretMask.none)

  func hide(_ mask: SecretMask) { self.mask.withLock { $0 = mask } }
  func apply(_ text: String) -> String { mask.withLock { $0 }.apply(text) }
}
