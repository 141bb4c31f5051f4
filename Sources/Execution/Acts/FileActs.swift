import Hashing
import Model
import Planning
import Platform

/// An act that leaves a file on its node, and puts back what was there.
protocol FileWritingAct: NodeAct {
  var path: String { get }
  var mode: String? { get }
  var owner: String? { get }
  /// What may be replaced.
  var expectedDigest: String { get }
}

extension FileWritingAct {
  var undoDisplay: String { "put back \(path)" }

  func put(_ arrival: RemoteFile.Arrival, in site: ActSite) -> String {
    RemoteFile.putCommand(
      .init(path: path, mode: mode, owner: owner, arrival: arrival, expected: expectedDigest), in: site)
  }

  func undoCommand(in site: ActSite) -> String {
    RemoteFile.restoreCommand(path, expected: expectedDigest, in: site)
  }
  func forgetCommand(in site: ActSite) -> String? { RemoteFile.forgetCommand(path, in: site) }
}

extension PlannedFile: FileWritingAct {
  var display: String { "write \(path)" }

  /// Only here is a secret what it is.
  func content(in site: ActSite) throws -> [UInt8] {
    guard let parts else { return Array(content.utf8) }
    return try parts.bytes(site.secrets)
  }

  func command(in site: ActSite) throws -> String {
    // The digest of a text that is known but for a password would be as good as the password.
    put(parts == nil ? .digest(contentDigest) : .size(try content(in: site).count), in: site)
  }
}

extension PlannedCopy: FileWritingAct {
  /// A copy goes through memory, once for each node.
  static let sizeLimit = 64 << 20

  var display: String {
    let size = content.map { " (\(byteSize($0.size)), SHA-256 \($0.sha256.prefix(16))…)" } ?? ""
    return "copy \(source) to \(path)\(size)"
  }

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
    return put(.digest(content.sha256), in: site)
  }
}
