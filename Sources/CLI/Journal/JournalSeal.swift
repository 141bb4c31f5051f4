import Execution
import Journal
import Model
import Platform
import Report
import Signing

extension JournalTask {
  static let seal = JournalTask(
    name: "seal", usage: "RUN [--key FILE] [--out FILE]", flags: [.key, .evidenceOut]
  ) { path, arguments, session in
    // Whoever signs a head vouches for what is under it.
    let contents = try JournalReader.read(path)
    let start = try RunLog.replay(contents.records).start
    guard let head = contents.head else { throw JournalError.empty(path: path) }
    guard Seal.canName(start.run) else {
      throw Stop(
        .journal, "\(path) calls its run \"\(start.run)\", which is no name of a run; nothing was signed")
    }
    var seal = Seal(run: start.run, head: head, time: .now)
    let keygen = SSHKeygen(forJournals: ())
    let fingerprint = try await Stop.refusing { () async throws(SSHKeygen.Problem) in
      let key = try await SigningKey.choose(named: arguments.value(.key))
      seal.signature = try await keygen.sign(seal.message, with: key)
      guard case .good(_, let fingerprint) = try await keygen.check(seal.signature, of: seal.message) else {
        throw SSHKeygen.Problem("ssh-keygen does not accept the signature that it made with \(key.label)")
      }
      return fingerprint
    }
    do throws(SystemError) { _ = try seal.keep(besides: path, fingerprint) } catch {
      session.say("no copy of the seal stays beside the journal: \(visible(error.description))")
    }
    if let out = arguments.value(.evidenceOut) {
      try replaceFile(out, with: Array(seal.text.utf8), mode: 0o644)
    } else {
      session.print(seal.text)
    }
    session.say(
      "sealed \(head.sequence + 1) records of run \(start.run) with key \(fingerprint); keep the seal where who could "
        + "change the journal cannot change it, and check with: belay journal verify \(start.run) --head "
        + visible(arguments.value(.evidenceOut) ?? "FILE"))
    return .done
  }
}

extension Seal {
  /// It has to be one word of the line that is signed.
  static func canName(_ run: RunID) -> Bool {
    !run.rawValue.isEmpty && run.rawValue.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
