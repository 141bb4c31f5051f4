package import Platform

/// The approvals beside a plan: one signature a file, so that many people can add theirs without touching another's.
package struct SignatureFolder: Sendable {
  package static let countLimit = 100
  package static let sizeLimit = 16 << 10

  package struct File: Sendable {
    package var name: String
    package var content: Result<String, SystemError>
  }

  package let path: String

  package init(beside plan: String) { path = plan + ".approvals" }

  /// Everything that ends in `.sig`. A file that cannot be used is told, not passed over.
  package func files() throws(SystemError) -> [File] {
    guard let kind = fileKind(path, followingLinks: false) else { return [] }
    guard kind == .directory else {
      throw SystemError("read", path, code: 20, reason: "it is no directory of approvals")
    }
    let names = try listDirectory(path).filter { $0.hasSuffix(".sig") }
    guard names.count <= Self.countLimit else {
      throw SystemError(
        "use", path, code: 7,
        reason: "it holds \(names.count) signatures, and more than \(Self.countLimit) are never looked at")
    }
    return names.map { name in
      let file = Path.join(path, name)
      return File(
        name: name,
        content: Result { () throws(SystemError) in
          String(decoding: try readFile(file, limit: Self.sizeLimit, throughLink: false), as: UTF8.self)
        })
    }
  }

  /// Gives the path. One person's second key gets a file of its own.
  package func add(_ signature: String, of person: String, fingerprint: String) throws(SystemError) -> String
  {
    try makeDirectory(path, mode: 0o777)
    let mark = fingerprint.dropFirst("SHA256:".count).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    let safe = person.map { $0.isASCII && ($0.isLetter || $0.isNumber || "@._-".contains($0)) ? $0 : "_" }
    let name = String(safe.prefix(80).drop { $0 == "." || $0 == "-" })
    let file = Path.join(path, "\(name)-\(mark.prefix(8)).sig")
    try replaceFile(file, with: Array(signature.utf8), mode: 0o644)
    return file
  }
}
