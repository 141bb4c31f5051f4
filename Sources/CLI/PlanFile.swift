import Hashing
import Model
import Planning
import Platform

/// A saved plan and the digest it was reviewed under.
struct PlanFile {
  var plan: Plan
  var digest: String

  func write(to path: String) throws {
    let file: Value = [
      "belay_plan": .number(Double(Plan.currentFormat)), "digest": .string(digest),
      "plan": try JSONReader.parse(try plan.encoded()),
    ]
    try replaceFile(path, with: Array((file.json() + "\n").utf8), mode: 0o600)
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
    guard let digest = file["digest"]?.stringValue,
      let plan = try? Plan.decode(Array((file["plan"] ?? .null).json().utf8))
    else { throw refuse("parts of it are missing") }
    guard try plan.digest().hex == digest else { throw refuse("it was changed after it was made") }
    return PlanFile(plan: plan, digest: digest)
  }
}
