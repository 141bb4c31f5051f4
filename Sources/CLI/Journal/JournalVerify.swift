import Execution
import Journal
import Model
import Planning
import Platform
import Report
import Signing

extension JournalTask {
  static let verify = JournalTask(
    name: "verify", usage: "RUN [--head NUMBER:HASH|FILE] [--allowed-signers FILE] [--json]",
    flags: [.head, .sealers, .json]
  ) { path, arguments, session in
    let saved = try arguments.value(.head).map { try SavedHead($0) }
    var check = JournalCheck(try JournalVerification.verify(path, expecting: saved?.head))
    check.replay(path)
    if let start = check.start { check.link(of: start, at: path) }
    if arguments.has(.sealers), saved?.seal == nil, check.isSound, check.signatures.isEmpty {
      throw UsageError(
        "--allowed-signers says who may sign plans and seal journals, and nobody signed the plan of this one; add "
          + "--head FILE with a file that `belay journal seal` wrote")
    }
    try await check.approvals(arguments.value(.sealers))
    if let seal = saved?.seal { try await check.seal(seal, arguments.value(.sealers)) }
    session.print(arguments.has(.json) ? check.json(path) : check.text(path))
    return check.isSound ? .done : .journal
  }
}

/// All that was looked at, and what nothing here could show.
struct JournalCheck {
  private let report: VerificationReport
  private(set) var start: RunLog.Start?
  /// Under the plan: its author's, and those of the people who agreed to it.
  private(set) var signatures: [PlanSignature] = []
  var found: [String]
  var checked: [String]
  var notChecked: [String]
  private var sealedBy: String?

  var isSound: Bool { found.isEmpty }

  init(_ report: VerificationReport) {
    self.report = report
    found = report.findings.map(\.description)
    if report.findingCount > found.count {
      found.append("\(report.findingCount - found.count) more of the kind")
    }
    checked = report.checked
    notChecked = report.notChecked
  }

  /// A sound chain may still hold events that cannot follow each other, or a plan that is not the one named.
  mutating func replay(_ path: String) {
    guard report.isSound else {
      notChecked.append("what the records say: they cannot be relied on")
      return
    }
    do {
      let replay = try RunStore().replay(path)
      start = replay.start
      checked.append(
        "that the plan has the digest that is named, and that each event may follow those before")
      signatures = replay.machine.signatures
    } catch is RunLog.Unreadable
      where (try? JournalReader.read(path).records.first?.kind) == LocksLog.startKind
    {
      checked.append("that it is the record of a cluster's unlockings, and of no run")
    } catch JournalError.tooLargeToLoad(_, let limit) {
      notChecked.append("what the records say: more than \(byteSize(limit)) are not read at once")
    } catch {
      found.append("\(error)")
    }
  }

  mutating func link(of start: RunLog.Start, at path: String) {
    switch JournalLink(of: start, at: path) {
    case .holds(let what): checked.append("the link to the journal before: \(what)")
    case .broken(let why): found.append(why)
    case .notChecked(let why): notChecked.append("the link to the journal before: \(why)")
    }
  }

  /// Whose signature the saved head bears.
  mutating func seal(_ seal: Seal, _ signers: String?) async throws {
    if let run = start?.run, run != seal.run {
      found.append("the seal is of run \(seal.run), and this journal is of run \(run)")
    }
    let keygen = SSHKeygen(forJournals: ())
    let finding = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      guard let signers else { return try await keygen.check(seal.signature, of: seal.message) }
      return try await keygen.verify(seal.signature, of: seal.message, allowed: try Self.list(signers))
    }
    switch finding {
    case .bad(let why): found.append("the signature of the seal counts for nothing: \(why)")
    case .good(let principals, let fingerprint):
      let who = principals.first.map { "by \($0), key \(fingerprint)" } ?? "with key \(fingerprint)"
      sealedBy = who
      checked.append("the seal of the saved head: signed \(who), at \(seal.time) by the signer's clock")
      if signers == nil {
        notChecked.append("whose key sealed the head: `--allowed-signers FILE` names who may")
      }
    }
  }

  func text(_ path: String) -> String {
    let rows =
      [isSound ? "\(path): sound, \(report.recordCount) records" : "\(path): DAMAGED"]
      + (report.head.map { ["  head         \($0)"] } ?? [])
      + found.map { "  found        \($0)" } + checked.map { "  checked      \($0)" }
      + notChecked.map { "  not checked  \($0)" }
    return rows.map(visible).joined(separator: "\n")
  }

  func json(_ path: String) -> String {
    func list(_ texts: [String]) -> Value { .array(texts.map { .string($0) }) }
    let value: Value = [
      "format": 1, "journal": .string(path), "sound": .bool(isSound),
      "records": .number(Double(report.recordCount)),
      "head": report.head.map { .string($0.description) } ?? .null, "findings": list(found),
      "checked": list(checked), "not_checked": list(notChecked),
      "sealed": sealedBy.map { .string($0) } ?? .null,
    ]
    return value.json()
  }
}
