internal import Platform

extension SigningKey {
  /// A key of the operator's where no list says who may sign: the one that was named, else the only one there is.
  package static func choose(named: String?) async throws(SSHKeygen.Problem) -> SigningKey {
    if let named {
      let file = named.hasSuffix(".pub") ? named : named + ".pub"
      return SigningKey(
        publicKey: try read(file), path: Path.normalized(named, from: try here()), principals: [])
    }
    var found: [SigningKey] = []
    for (key, path) in await agentKeys().map({ ($0, nil) }) + usualKeys()
    where !found.contains(where: { $0.publicKey.key == key.key }) {
      found.append(SigningKey(publicKey: key, path: path, principals: []))
    }
    guard let key = found.first else {
      throw SSHKeygen.Problem(
        "neither your agent nor ~/.ssh holds an SSH key to sign with", help: "name one with --key FILE")
    }
    guard found.count == 1 else {
      throw SSHKeygen.Problem(
        "you hold more than one key: \(found.map(\.label).joined(separator: ", "))",
        help: "say which with --key FILE; a public key from `ssh-add -L` in a file will do")
    }
    return key
  }
}
