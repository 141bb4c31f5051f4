import Hashing
import Model
import Planning
import Platform

extension PlannedFile: NodeAct {
  var display: String { "write \(path)" }
  var undoDisplay: String { "put back \(path)" }

  /// Only here is a secret what it is.
  func content(in site: ActSite) throws -> [UInt8] {
    guard let parts else { return Array(content.utf8) }
    return try parts.bytes(site.secrets)
  }

  func command(in site: ActSite) throws -> String {
    // The digest of a text that is known but for a password would be as good as the password.
    let arrival: RemoteFile.Arrival =
      parts == nil ? .digest(contentDigest) : .size(try content(in: site).count)
    return RemoteFile.putCommand(
      .init(
        path: path, mode: mode, owner: owner, arrival: arrival, expected: expectedDigest,
        keep: RemoteFile.keep(path, in: site)))
  }

  func undoCommand(in site: ActSite) -> String {
    RemoteFile.restoreCommand(path, keep: RemoteFile.keep(path, in: site), expected: expectedDigest)
  }
  func forgetCommand(in site: ActSite) -> String? {
    RemoteFile.forgetCommand(keep: RemoteFile.keep(path, in: site))
  }
}

extension PlannedCopy: NodeAct {
  /// A copy goes through memory, once for each node.
  static let sizeLimit = 64 << 20

  var display: String {
    let size = content.map { " (\(byteSize($0.size)), SHA-256 \($0.sha256.prefix(16))…)" } ?? ""
    return "copy \(source) to \(path)\(size)"
  }
  var undoDisplay: String { "put back \(path)" }

  /// Read again right before use: what was reviewed is what is sent.
  func content(in site: ActSite) throws -> [UInt8] {
    let bytes = try readFile(source, limit: Self.sizeLimit)
    guard sha256(bytes).hex == content?.sha256 else {
      throw MissingValue(description: "\(source) is not what it was when the plan was made")
    }
    return bytes
  }

  func command(in site: ActSite) throws -> String {
    guard let content else { throw MissingValue(description: "\(source) was not read while planning") }
    return RemoteFile.putCommand(
      .init(
        path: path, mode: mode, owner: owner, arrival: .digest(content.sha256), expected: expectedDigest,
        keep: RemoteFile.keep(path, in: site)))
  }

  func undoCommand(in site: ActSite) -> String {
    RemoteFile.restoreCommand(path, keep: RemoteFile.keep(path, in: site), expected: expectedDigest)
  }
  func forgetCommand(in site: ActSite) -> String? {
    RemoteFile.forgetCommand(keep: RemoteFile.keep(path, in: site))
  }
}
