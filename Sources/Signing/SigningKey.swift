internal import Model
internal import Platform

/// A public key as a line of a `.pub` file.
package struct PublicKey: Hashable, Sendable {
  package var type: String
  /// In base64.
  package var key: String
  package var comment: String

  package init?(_ line: String) {
    let words = line.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count >= 2, words[1].hasPrefix("AAAA") else { return nil }
    type = words[0]
    key = words[1]
    comment = words.count > 2 ? words[2] : ""
  }

  var line: String { "\(type) \(key)" }
}

/// A key to sign with, and the person whom the allowed signers know it by.
package struct SigningKey: Hashable, Sendable {
  package var publicKey: PublicKey
  /// Nil: only the agent has it.
  package var path: String?
  package var principals: [String]

  package var label: String { path ?? "the agent's \(publicKey.type) key \(publicKey.comment)" }
  /// What this person is called in plans.
  package var person: String { principals.first ?? label }
}

extension SigningKey {
  /// The key that was named, else the one that the agent or the usual files hold and that may sign.
  package static func choose(named: String?, allowed: AllowedSigners) async throws(SSHKeygen.Problem)
    -> SigningKey
  {
    if let named {
      let file = named.hasSuffix(".pub") ? named : named + ".pub"
      let key = try read(file)
      return try SigningKey(key, path: Path.normalized(named, from: try here()), allowed: allowed)
    }
    var fitting: [SigningKey] = []
    for (key, path) in await agentKeys().map({ ($0, nil) }) + usualKeys() {
      guard !fitting.contains(where: { $0.publicKey.key == key.key }),
        !allowed.entries(of: key.key).isEmpty
      else { continue }
      fitting.append(try SigningKey(key, path: path, allowed: allowed))
    }
    guard let first = fitting.first else {
      throw SSHKeygen.Problem(
        "neither your agent nor ~/.ssh holds a key that \(allowed.path) lets sign",
        help: "name one with --key FILE, or have yours added to \(allowed.path)")
    }
    guard fitting.allSatisfy({ $0.principals == first.principals }) else {
      let people = fitting.map { "\($0.person) (\($0.label))" }.joined(separator: ", ")
      throw SSHKeygen.Problem(
        "you hold keys of more than one signer: \(people)",
        help: "say whose with --key FILE; a public key from `ssh-add -L` in a file will do")
    }
    return first
  }

  private init(_ key: PublicKey, path: String?, allowed: AllowedSigners) throws(SSHKeygen.Problem) {
    let entries = allowed.entries(of: key.key)
    publicKey = key
    self.path = path
    principals = entries.flatMap(\.principals)
    guard let entry = entries.first else {
      throw SSHKeygen.Problem(
        "\(label) is not in \(allowed.path), so its signature would not count",
        help: "have a line added there: YOUR-NAME \(key.line)")
    }
    if let pattern = principals.first(where: { !namesOnePerson($0) }) {
      throw SSHKeygen.Problem(
        "\(allowed.path):\(entry.line) names the signer by the pattern \(pattern), which is no one person",
        help: "write a line with one name for each key")
    }
  }

  static func agentKeys() async -> [PublicKey] {
    guard Host.environment("SSH_AUTH_SOCK") != nil else { return [] }
    let result = try? await Subprocess("ssh-add", ["-L"], timeout: .seconds(10)).run()
    let lines = result?.stdout.text.split(whereSeparator: \.isNewline) ?? []
    return lines.prefix(100).compactMap { PublicKey(String($0)) }
  }

  static func usualKeys() -> [(PublicKey, String?)] {
    guard let home = Host.homeDirectory else { return [] }
    return ["id_ed25519", "id_ecdsa", "id_rsa"].compactMap { name in
      let path = Path.join(home, ".ssh/\(name)")
      return (try? read(path + ".pub")).map { ($0, path) }
    }
  }

  static func read(_ path: String) throws(SSHKeygen.Problem) -> PublicKey {
    let text: String
    do {
      text = String(decoding: try readFile(path, limit: 1 << 16), as: UTF8.self)
    } catch {
      throw SSHKeygen.Problem(
        error.description, help: "its public part is written by: ssh-keygen -y -f KEY > KEY.pub")
    }
    guard let key = text.split(whereSeparator: \.isNewline).first.flatMap({ PublicKey(String($0)) }) else {
      throw SSHKeygen.Problem("\(path) is no public key of OpenSSH")
    }
    return key
  }

  static func here() throws(SSHKeygen.Problem) -> String {
    do { return try currentDirectory() } catch { throw SSHKeygen.Problem(error.description) }
  }
}
