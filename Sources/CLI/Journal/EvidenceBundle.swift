import Execution
import Hashing
import Journal
import Model
import Planning
import Platform
import Report
import Signing

/// What an auditor gets of one run: files by their names in the bundle, and what had to be left out.
struct EvidenceBundle {
  private(set) var files: [(name: String, content: [UInt8])] = []
  private(set) var leftOut: [String] = []
  let run: RunID
  let head: JournalHead
  private let started: JournalRecord
  private let ended: Timestamp

  /// No file of a runbook is larger; one that is was exchanged.
  private static let sourceLimit = 16 << 20

  init(_ path: String) throws {
    let contents = try JournalReader.read(path)
    let replay = try RunLog.replay(contents.records)
    guard let first = contents.records.first, let head = contents.head else {
      throw JournalError.empty(path: path)
    }
    (run, self.head, started) = (replay.start.run, head, first)
    ended = contents.records.last?.time ?? first.time
    // Its writer may be at work: what is packed is what was read before.
    let journal = Self.lines(
      contents.records.count, of: try readFile(path, limit: JournalFormat.loadByteLimit))
    files.append(("journal.jsonl", journal))
    if let tail = contents.tornTail {
      leftOut.append("\(byteSize(tail.byteCount)) of an incomplete record at the end of the journal")
    }
    if case .ended = replay.machine.phase {
    } else {
      leftOut.append("the end of the run: it had not ended when this was packed")
    }
    files.append(("plan.json", Array(((first.data["plan"] ?? .null).json() + "\n").utf8)))
    files.append(("plan.reviewed", try replay.start.plan.digestInput()))
    files.append(("chain.sh", Array(ChainScript.text.utf8)))
    let sources = addSources(replay.start)
    let hasSigners = addApprovals(replay)
    let seals = Seal.all(of: path)
    for (name, seal) in seals { files.append(("seals/\(Self.plain(name))", Array(seal.text.utf8))) }
    let page = VerifyPage(
      run: run, head: head, hasSources: sources.contains { $0["file"]?.stringValue != nil },
      hasApprovals: replay.start.plan.approval != nil || files.contains { $0.name.hasPrefix("approvals/") },
      hasSigners: hasSigners,
      hasSeals: !seals.isEmpty, leftOut: leftOut)
    let manifest: Value = [
      "format": 1, "run": .string(run.rawValue), "head": .string(head.description),
      "plan_digest": .string(replay.start.planDigest), "packed_by": .string("belay \(Version.text)"),
      "sources": .array(sources), "left_out": .array(leftOut.map { .string($0) }),
    ]
    files.append(("manifest.json", Array((manifest.json() + "\n").utf8)))
    files.append(("VERIFY.md", Array(page.text.utf8)))
    files.sort { $0.name < $1.name }
    let sums = files.map { "\(sha256($0.content).hex)  \($0.name)\n" }.joined()
    files.append(("SHA256SUMS", Array(sums.utf8)))
  }

  /// Nil when something does not fit into a tar file.
  func archive() -> [UInt8]? {
    var archive = UstarArchive(modified: Int(ended.millisecondsSince1970 / 1000))
    let folder = "belay-\(Self.plain(run.rawValue).prefix(40))"
    for file in files where !archive.add("\(folder)/\(file.name)", file.content) { return nil }
    archive.finish()
    return archive.bytes
  }

  private static func lines(_ count: Int, of bytes: [UInt8]) -> [UInt8] {
    var left = count
    var end = bytes.startIndex
    while left > 0, let next = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) {
      end = next + 1
      left -= 1
    }
    return Array(bytes[..<end])
  }

  /// The files that the plan was made from, where they are still what they were.
  private mutating func addSources(_ start: RunLog.Start) -> [Value] {
    start.plan.sources.sorted { $0.key < $1.key }.enumerated().map { index, source in
      let (path, digest) = source
      let number = index < 9 ? "0\(index + 1)" : "\(index + 1)"
      let name = "sources/\(number)-\(Self.plain(Path.name(of: path)))"
      var why: String?
      do throws(SystemError) {
        let content = try readFile(Path.normalized(path, from: start.directory), limit: Self.sourceLimit)
        if sha256(content).hex == digest {
          files.append((name, content))
        } else {
          why = "it is another one today than the plan was made from"
        }
      } catch {
        why = error.description
      }
      if let why { leftOut.append("\(path): \(why)") }
      return [
        "path": .string(path), "sha256": .string(digest), "file": why == nil ? .string(name) : .null,
        "left_out": why.map { .string($0) } ?? .null,
      ]
    }
  }

  /// Who made the plan and who agreed, each as what was signed and the signature. True when the list of signers they were
  /// held against could be added too.
  private mutating func addApprovals(_ replay: RunLog.Replay) -> Bool {
    let signatures = replay.machine.signatures
    for (index, signature) in signatures.enumerated() {
      files.append(("approvals/\(index).statement", Array(signature.message.utf8)))
      files.append(("approvals/\(index).sig", Array(signature.signature.utf8)))
    }
    guard let used = signatures.first?.allowedSigners, let path = replay.start.plan.approval?.allowedSigners
    else {
      return false
    }
    do throws(SystemError) {
      let list = try readFile(
        Path.normalized(path, from: replay.start.directory), limit: AllowedSigners.sizeLimit)
      if sha256(list).hex == used {
        files.append(("allowed_signers", list))
        return true
      }
      leftOut.append("\(path): the list of signers is another one today than the approvals were held against")
    } catch {
      leftOut.append(error.description)
    }
    return false
  }

  /// A name that means nothing to a shell, a tar or a page.
  private static func plain(_ name: String) -> String {
    let plain = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }
    return String(plain.suffix(50).drop { $0 == "." || $0 == "-" })
  }
}
