import Execution
import Hashing
import Model
import Planning
import Platform
import Signing

/// The signatures under a plan, held once more against what was signed, and against those who may sign.
extension JournalCheck {
  mutating func approvals(_ signers: String?) async throws {
    guard let start, !signatures.isEmpty else { return }
    try compareEvidence(of: start)
    let allowed = try await Stop.refusing { () async throws(SSHKeygen.Problem) -> AllowedSigners? in
      guard let signers else { return nil }
      return try Self.list(signers)
    }
    var good: [PlanSignature] = []
    for signature in signatures {
      if let proven = try await verified(signature, allowed) { good.append(proven) }
    }
    guard let allowed else {
      notChecked.append(
        "whose keys signed the plan: the journal says \(names(signatures)), and `--allowed-signers FILE` names who may"
      )
      return
    }
    if let approval = start.plan.approval { count(good, approval, allowed) }
    let isSameList = signatures.allSatisfy { $0.allowedSigners == allowed.digest }
    if isSameList {
      checked.append("that \(allowed.path) is the list that the signatures were held against before the run")
    } else {
      notChecked.append(
        "who might sign when the plan was applied: \(allowed.path) is another list than belay was given then")
    }
  }

  /// What may sign what, as a file of the operator's says.
  static func list(_ path: String) throws(SSHKeygen.Problem) -> AllowedSigners {
    do throws(SystemError) { return try AllowedSigners(path: path) } catch {
      let namespaces = "\(SSHKeygen.namespace),\(SSHKeygen.journalNamespace)"
      throw SSHKeygen.Problem(
        "who may sign plans and seal journals is not known: \(error.description)",
        help: "write one line for each person: NAME namespaces=\"\(namespaces)\" ssh-ed25519 AAAA…")
    }
  }

  /// What was shown with the plan when it was signed: more than its digest is taken of.
  private mutating func compareEvidence(of start: RunLog.Start) throws {
    let evidence = sha256(try start.plan.encoded()).hex
    guard signatures.contains(where: { $0.evidence != evidence }) else {
      checked.append("that the plan in the journal is, to the byte, the one that was shown and signed")
      return
    }
    // Another version of belay may encode the same plan otherwise.
    if start.belay == Version.text {
      found.append("what was shown with the plan when it was signed is not what the journal holds")
    } else {
      notChecked.append(
        "what was shown with the plan when it was signed: belay \(start.belay) wrote it, and this is \(Version.text)"
      )
    }
  }

  /// With the names that the list has for its key; nil when it counts for nothing.
  private mutating func verified(_ signature: PlanSignature, _ allowed: AllowedSigners?) async throws
    -> PlanSignature?
  {
    let what =
      signature.purpose == .author ? "the author's signature under the plan" : "an approval of the plan"
    let finding = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      guard let allowed else {
        return try await SSHKeygen().check(signature.signature, of: signature.message)
      }
      return try await SSHKeygen().verify(signature.signature, of: signature.message, allowed: allowed)
    }
    switch finding {
    case .bad(let why):
      found.append("\(what), by \(signature.person) as the journal says, counts for nothing: \(why)")
      return nil
    case .good(_, let fingerprint) where fingerprint != signature.fingerprint:
      found.append("\(what) was made with key \(fingerprint), and the journal names \(signature.fingerprint)")
      return nil
    case .good(let principals, let fingerprint):
      checked.append("\(what): \(principals.first.map { "by \($0), " } ?? "")with key \(fingerprint)")
      var proven = signature
      proven.principals = principals
      return proven
    }
  }

  /// Whether the people that it took are the people who signed.
  private mutating func count(_ good: [PlanSignature], _ approval: PlanApproval, _ allowed: AllowedSigners) {
    let tally = ApprovalTally(approval, good)
    let demand = "the approval of \(approval.people) besides its author"
    if tally.isEnough {
      checked.append("that the plan had \(demand), by \(allowed.path)")
    } else {
      found.append(
        "the plan needed \(demand), and by \(allowed.path) it had \(tally.approvals.count)"
          + tally.discounted.map { "; \($0.why)" }.joined())
    }
  }

  private func names(_ signatures: [PlanSignature]) -> String {
    signatures.map { $0.purpose == .author ? "\($0.person) (author)" : $0.person }.joined(separator: ", ")
  }
}
