import Hashing
import Model
import Planning
import Platform

/// A saved plan and the digest it was reviewed under.
struct PlanFile {
  var plan: Plan
  var digest: String
  /// SHA-256 of all that the plan shows, also of what the digest leaves out since it changes by itself.
  var evidence: String
  /// Who made the plan signs it, when others have to approve it.
  var authorSignature: String?
  /// The files that it was made from, to tell later which of their lines have changed.
  var texts: [String: String] = [:]

  private static let textsLimit = 8 << 20

  init(_ plan: Plan) throws {
    self.plan = plan
    digest = try plan.digest().hex
    evidence = sha256(try plan.encoded()).hex
  }

  func write(to path: String) throws {
    var file: Value.Object = [
      "belay_plan": .number(Double(Plan.currentFormat)), "digest": .string(digest),
      "statement": .string(statement(.approve)), "plan": try JSONReader.parse(try plan.encoded()),
    ]
    if texts.values.reduce(0, { $0 + $1.utf8.count }) <= Self.textsLimit {
      file["texts"] = .object(
        Value.Object(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
    if let authorSignature { file["author_signature"] = .string(authorSignature) }
    try replaceFile(path, with: Array((Value.object(file).json() + "\n").utf8), mode: 0o600)
  }

  /// Whether a path leads to something that begins like a plan file, and not like a journal.
  static func isOne(_ path: String) -> Bool {
    guard fileKind(path) == .file, !path.hasSuffix(".jsonl"),
      let bytes = try? readFile(path, limit: byteLimit)
    else { return false }
    return String(decoding: bytes.prefix(256), as: UTF8.self).contains("\"belay_plan\"")
  }

  private static let byteLimit = 256 << 20

  /// Anything but what `write` wrote is refused, edits by hand among them.
  static func read(_ path: String) throws -> PlanFile {
    func refuse(_ why: String) -> Stop {
      Stop(
        .invalid, "\(path) is not a plan that belay can apply: \(why)",
        help: "make a new one with `belay plan … --out`")
    }
    let bytes: [UInt8]
    do {
      bytes = try readFile(path, limit: byteLimit)
    } catch {
      throw Stop(.invalid, error.description, help: "`belay plan … --out FILE` writes one")
    }
    guard let file = try? JSONReader.parse(bytes), let version = file["belay_plan"]?.intValue else {
      throw refuse("it is no plan file")
    }
    guard version == Plan.currentFormat else {
      throw refuse("its format is \(version), and this belay reads \(Plan.currentFormat)")
    }
    guard let digest = file["digest"]?.stringValue, let statement = file["statement"]?.stringValue,
      let plan = try? Plan.decode(Array((file["plan"] ?? .null).json().utf8))
    else { throw refuse("parts of it are missing") }
    var read = try PlanFile(plan)
    guard read.digest == digest, read.statement(.approve) == statement else {
      throw refuse("it was changed after it was made")
    }
    for (path, text) in (file["texts"]?.objectValue ?? [:]).entries {
      guard let text = text.stringValue, sha256(Array(text.utf8)).hex == plan.sources[path] else {
        throw refuse("the text of \(path) in it was changed after it was made")
      }
      read.texts[path] = text
    }
    read.authorSignature = file["author_signature"]?.stringValue
    return read
  }
}
