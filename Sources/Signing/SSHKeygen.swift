internal import Model
internal import Platform

/// Signs and verifies through `ssh-keygen -Y`: whoever doubts belay can repeat each check by hand with the same program.
package struct SSHKeygen: Sendable {
  /// What a signature is for; one that was made for anything else does not verify.
  package static let namespace = "belay-plan"
  package static let journalNamespace = "belay-journal"

  package struct Problem: Error, Sendable, Equatable {
    package var message: String
    package var help: String?

    package init(_ message: String, help: String? = nil) {
      self.message = message
      self.help = help
    }
  }

  private let namespace: String
  /// What is signed, for messages.
  private let thing: String

  package init() { (namespace, thing) = (Self.namespace, "plan") }
  package init(forJournals: Void) { (namespace, thing) = (Self.journalNamespace, "head of a journal") }

  /// The armored signature of a message. The private key may be in the agent or, not encrypted, in a file.
  package func sign(_ message: String, with key: SigningKey) async throws(Problem) -> String {
    let directory: PrivateDirectory
    let path: String
    do {
      directory = try PrivateDirectory()
      let file = try directory.write(Array((key.publicKey.line + "\n").utf8), to: "key.pub")
      path = key.path ?? file
    } catch { throw Problem(error.description) }
    // A question on the terminal would wait for ever behind belay's own; a passphrase is the agent's to ask for.
    let quiet =
      Host.environment("SSH_ASKPASS") == nil
      ? ["SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force"] : ["SSH_ASKPASS_REQUIRE=force"]
    let result = try await run(
      "env", quiet + ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", path], message)
    withExtendedLifetime(directory) {}
    guard result.isSuccess, result.stdout.text.hasPrefix("-----BEGIN SSH SIGNATURE-----") else {
      throw Problem(
        "ssh-keygen did not sign with \(key.label): \(firstLine(result.stderr.text) ?? result.exit.description)",
        help: "load the key into your agent: ssh-add \(key.path ?? "FILE")")
    }
    return result.stdout.text
  }

  /// Who made the signature of this message, or why it counts for nothing.
  package func verify(_ signature: String, of message: String, allowed: AllowedSigners) async throws(Problem)
    -> SignatureFinding
  {
    guard signature.utf8.count <= SignatureFolder.sizeLimit else {
      return .bad(why: "it is larger than any SSH signature")
    }
    let directory: PrivateDirectory
    let (signatureFile, signersFile): (String, String)
    do {
      directory = try PrivateDirectory()
      signatureFile = try directory.write(Array(signature.utf8), to: "signature")
      signersFile = try directory.write(allowed.bytes, to: "allowed_signers")
    } catch { throw Problem(error.description) }
    defer { withExtendedLifetime(directory) {} }
    let found = try await keygen(["find-principals", "-s", signatureFile, "-f", signersFile])
    let principals = found.stdout.text.split(whereSeparator: \.isNewline).map(String.init)
    guard found.isSuccess, let first = principals.first else {
      return .bad(why: reason(found.stderr.text, allowed) ?? "its key is not in \(allowed.path)")
    }
    if let pattern = principals.first(where: { !namesOnePerson($0) }) {
      return .bad(why: "\(allowed.path) names its signer by the pattern \(pattern), which is no one person")
    }
    let verified = try await keygen(
      ["verify", "-n", namespace, "-I", first, "-s", signatureFile, "-f", signersFile], message)
    let fingerprint = verified.stdout.text.split(whereSeparator: \.isWhitespace).last.map(String.init)
    guard verified.isSuccess, let fingerprint, fingerprint.hasPrefix("SHA256:") else {
      let why = reason(verified.stderr.text, allowed) ?? "ssh-keygen does not accept it"
      return .bad(why: "\(why) (of \(first))")
    }
    return .good(principals: principals, fingerprint: fingerprint)
  }

  /// Which key made the signature of this message, where nobody says whose keys may sign.
  package func check(_ signature: String, of message: String) async throws(Problem) -> SignatureFinding {
    guard signature.utf8.count <= SignatureFolder.sizeLimit else {
      return .bad(why: "it is larger than any SSH signature")
    }
    let directory: PrivateDirectory
    let file: String
    do {
      directory = try PrivateDirectory()
      file = try directory.write(Array(signature.utf8), to: "signature")
    } catch { throw Problem(error.description) }
    defer { withExtendedLifetime(directory) {} }
    let checked = try await keygen(["check-novalidate", "-n", namespace, "-s", file], message)
    let fingerprint = checked.stdout.text.split(whereSeparator: \.isWhitespace).last.map(String.init)
    guard checked.isSuccess, let fingerprint, fingerprint.hasPrefix("SHA256:") else {
      return .bad(why: reason(checked.stderr.text, nil) ?? "ssh-keygen does not accept it")
    }
    return .good(principals: [], fingerprint: fingerprint)
  }

  private func keygen(_ arguments: [String], _ message: String = "") async throws(Problem) -> SubprocessResult
  {
    try await run("ssh-keygen", ["-Y"] + arguments, message)
  }

  /// Each value follows its own option letter, so that none is read as an option.
  private func run(_ program: String, _ arguments: [String], _ message: String) async throws(Problem)
    -> SubprocessResult
  {
    do {
      return try await Subprocess(
        program, arguments, stdin: Array(message.utf8), outputLimit: 1 << 16, timeout: .seconds(60)
      ).run()
    } catch {
      throw Problem(error.description, help: "install openssh-client 8.9 or newer")
    }
  }

  /// What ssh-keygen said, in the words of someone who waits for an approval.
  private func reason(_ said: String, _ allowed: AllowedSigners?) -> String? {
    let list = allowed?.path ?? "the list of signers"
    if said.contains("key has expired") { return "its key has expired in \(list)" }
    if said.contains("key is not yet valid") { return "its key is not valid yet in \(list)" }
    if said.contains("namespace does not match") { return "it was made for another purpose than a \(thing)" }
    if said.contains("incorrect signature") { return "it was made for something else than this \(thing)" }
    if said.contains("not permitted for use in signature namespace") {
      return "\(list) does not let its key sign in the namespace \(namespace)"
    }
    if ["parse signature", "sshsig_armor", "invalid format"].contains(where: said.contains) {
      return "it is no SSH signature"
    }
    return nil
  }

  private func firstLine(_ text: String) -> String? {
    text.split(whereSeparator: \.isNewline).map(String.init).first { !$0.hasPrefix("Signing data on") }
  }
}

package enum SignatureFinding: Hashable, Sendable {
  /// All the names of one signer.
  case good(principals: [String], fingerprint: String)
  case bad(why: String)
}
