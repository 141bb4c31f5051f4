import Hashing
import Model
import Planning
import Platform
import Report
import Signing

/// Where a plan file stands: who made it, who has agreed, and whose signature counts for nothing.
struct ApprovalState {
  var signatures: [PlanSignature]
  var tally: ApprovalTally
  /// By the name of a file in the folder of approvals.
  var unusable: [(file: String, why: String)]
  /// Who could still agree.
  var others: [String]

  var lines: [String] {
    let authors = signatures.filter { $0.purpose == .author }.map {
      "planned by    \($0.person), key \($0.fingerprint)"
    }
    return authors + tally.approvals.map { "approved by   \($0.person), key \($0.fingerprint)" }
      + tally.discounted.map { "not counted   \($0.why)" }
      + unusable.map { "not counted   \($0.file): \($0.why)" }
      + (tally.missing > 0 && !others.isEmpty ? ["could approve \(others.joined(separator: ", "))"] : [])
  }
}

extension PlanFile {
  func statement(_ purpose: PlanSignature.Purpose) -> String {
    PlanSignature.statement(purpose, digest: digest, evidence: evidence)
  }

  func message(_ purpose: PlanSignature.Purpose) -> String { statement(purpose) + "\n" }

  func allowedSigners() throws -> AllowedSigners {
    guard let path = plan.approval?.allowedSigners else {
      throw Stop(
        .usage, "this plan needs nobody's approval",
        help: "one that does is made with `belay plan … --require-approval N --out FILE`")
    }
    return try AllowedSigners.read(path)
  }

  /// Reads and verifies every signature of the plan, each once and against the same list of signers.
  func approvalState(at path: String) async throws -> ApprovalState {
    let allowed = try allowedSigners()
    guard let approval = plan.approval else { throw Stop(.internalError) }
    var signatures: [PlanSignature] = []
    var unusable: [(file: String, why: String)] = []
    func take(_ text: String, _ purpose: PlanSignature.Purpose, from file: String) async throws {
      switch try await verify(text, purpose, allowed) {
      case .success(let signature): signatures.append(signature)
      case .failure(let why): unusable.append((file, why.message))
      }
    }
    guard let authorSignature else {
      throw Stop(.refused, "\(path) does not prove who made it; nothing was touched", help: PlanFile.remake)
    }
    try await take(authorSignature, .author, from: "the author's signature")
    guard let author = signatures.first, author.principals.contains(approval.author ?? "") else {
      let why = unusable.first?.why ?? "it is of \(signatures.first?.person ?? "nobody")"
      throw Stop(
        .refused,
        "the author's signature does not prove that \(approval.author ?? "somebody") made \(path): \(why); "
          + "nothing was touched", help: PlanFile.remake)
    }
    for file in try Stop.refusing({ () throws(SystemError) in try SignatureFolder(beside: path).files() }) {
      switch file.content {
      case .success(let text): try await take(text, .approve, from: file.name)
      case .failure(let error): unusable.append((file.name, error.reason))
      }
    }
    let tally = ApprovalTally(approval, signatures)
    let done = Set(signatures.flatMap(\.principals))
    let others = allowed.entries.filter { done.isDisjoint(with: $0.principals) }
      .compactMap(\.principals.first).filter(namesOnePerson)
    return ApprovalState(
      signatures: signatures, tally: tally, unusable: unusable,
      others: Array(others.prefix(8)) + (others.count > 8 ? ["…"] : []))
  }

  /// For the journal: those who made and approved exactly this plan. Throws while somebody is missing.
  func requiredSignatures(at path: String) async throws -> [PlanSignature] {
    guard let approval = plan.approval else { return [] }
    let state = try await approvalState(at: path)
    guard state.tally.isEnough else {
      throw Stop(
        .refused,
        "the plan needs the approval of \(approval.people) besides its author, and has "
          + "\(state.tally.approvals.count); nothing was touched",
        details: state.lines, help: "each of them types: belay approve \(path)")
    }
    return state.signatures.filter { $0.purpose == .author } + state.tally.approvals
  }

  /// Signs, and makes sure that the signature counts before anybody relies on it.
  func sign(_ purpose: PlanSignature.Purpose, with key: SigningKey) async throws -> PlanSignature {
    let allowed = try allowedSigners()
    let text = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      try await SSHKeygen().sign(message(purpose), with: key)
    }
    switch try await verify(text, purpose, allowed) {
    case .success(let signature): return signature
    case .failure(let why):
      throw Stop(.refused, "a signature with \(key.label) counts for nothing: \(why.message)")
    }
  }

  private func verify(_ text: String, _ purpose: PlanSignature.Purpose, _ allowed: AllowedSigners)
    async throws
    -> Result<PlanSignature, SSHKeygen.Problem>
  {
    let finding = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      try await SSHKeygen().verify(text, of: message(purpose), allowed: allowed)
    }
    switch finding {
    case .bad(let why): return .failure(SSHKeygen.Problem(why))
    case .good(let principals, let fingerprint):
      return .success(
        PlanSignature(
          purpose: purpose, digest: digest, evidence: evidence, principals: principals,
          fingerprint: fingerprint, signature: text, allowedSigners: allowed.digest))
    }
  }

  private static let remake = "make it again with `belay plan … --out FILE`"
}

extension AllowedSigners {
  static func read(_ path: String) throws -> AllowedSigners {
    do {
      return try AllowedSigners(path: path)
    } catch {
      throw Stop(
        .refused, "who may approve is not known: \(error.description); nothing was touched",
        help: "write one line for each person: NAME namespaces=\"\(SSHKeygen.namespace)\" ssh-ed25519 AAAA…")
    }
  }
}

extension Stop {
  static func refusing<T>(_ body: () async throws(SSHKeygen.Problem) -> T) async throws -> T {
    do { return try await body() } catch { throw Stop(.refused, error.message, help: error.help) }
  }

  static func refusing<T>(_ body: () throws(SystemError) -> T) throws -> T {
    do { return try body() } catch { throw Stop(.refused, "\(error.description); nothing was touched") }
  }
}

extension Plan {
  /// The key of the one who makes the plan, when others have to approve it.
  mutating func nameAuthor(_ arguments: Arguments) async throws -> SigningKey? {
    guard let path = approval?.allowedSigners else { return nil }
    let allowed = try AllowedSigners.read(path)
    let key = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      try await SigningKey.choose(named: arguments.value(.key), allowed: allowed)
    }
    approval?.author = key.person
    let others = Set(
      allowed.entries.filter { Set(key.principals).isDisjoint(with: $0.principals) }.compactMap(
        \.principals.first))
    if let approval, others.count < approval.required, !allowed.entries.contains(where: \.isAuthority) {
      throw Stop(
        .refused,
        "nobody could ever apply this plan: it needs \(approval.people) besides \(key.person), and \(path) names "
          + (others.isEmpty ? "nobody else" : "only \(others.sorted().joined(separator: ", "))"),
        help: "ask for fewer, or have more people added to \(path)")
    }
    return key
  }
}
