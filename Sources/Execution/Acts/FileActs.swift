import Hashing
import Model
import Planning
import Platform

extension PlannedFile: NodeAct {
  var display: String { "write \(path)" }
  var undoDisplay: String { "put back \(path)" }
  func content() -> [UInt8] { Array(content.utf8) }

  func command(in site: ActSite) -> String {
    RemoteFile.putCommand(
      .init(path: path, mode: mode, owner: owner, digest: contentDigest, expected: expectedDigest),
      run: site.run)
  }

  func undoCommand(in site: ActSite) -> String { RemoteFile.restoreCommand(path, run: site.run) }
  func forgetCommand(in site: ActSite) -> String? { RemoteFile.forgetCommand(path, run: site.run) }
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
  func content() throws -> [UInt8] {
    let bytes = try readFile(source, limit: Self.sizeLimit)
    guard sha256(bytes).hex == content?.sha256 else {
      throw MissingValue(description: "\(source) is not what it was when the plan was made")
    }
    return bytes
  }

  func command(in site: ActSite) throws -> String {
    guard let content else { throw MissingValue(description: "\(source) was not read while planning") }
    return RemoteFile.putCommand(
      .init(path: path, mode: mode, owner: owner, digest: content.sha256, expected: expectedDigest),
      run: site.run)
  }

  func undoCommand(in site: ActSite) -> String { RemoteFile.restoreCommand(path, run: site.run) }
  func forgetCommand(in site: ActSite) -> String? { RemoteFile.forgetCommand(path, run: site.run) }
}
