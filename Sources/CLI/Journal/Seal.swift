import Journal
import Model
import Platform
import Signing

/// The head of a journal with an operator's signature, in one small file to be kept elsewhere: the first line is what is
/// signed, the rest is the signature as `ssh-keygen` makes and reads it.
struct Seal: Sendable {
  static let sizeLimit = 64 << 10
  private static let form = "belay-seal-1"

  var run: RunID
  var head: JournalHead
  var time: Timestamp
  var signature = ""

  init(run: RunID, head: JournalHead, time: Timestamp) {
    (self.run, self.head, self.time) = (run, head, time)
  }

  /// Nil for any other text.
  init?(_ text: String) {
    let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let words = parts[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, words.count == 4, words[0] == Seal.form, !words[1].isEmpty,
      let head = JournalHead(words[2]), let time = Timestamp(words[3])
    else { return nil }
    self.init(run: RunID(words[1]), head: head, time: time)
    signature = String(parts[1])
  }

  var statement: String { "\(Seal.form) \(run) \(head) \(time)" }
  /// What is signed: the first line, line feed included.
  var message: String { statement + "\n" }
  var text: String { message + signature }

  /// Copies beside a journal, for the bundle that an auditor gets; what they prove, they prove elsewhere.
  static func folder(of journal: String) -> String { journal + ".seals" }

  static func all(of journal: String) -> [(name: String, seal: Seal)] {
    let names = (try? listDirectory(folder(of: journal))) ?? []
    return names.filter { $0.hasSuffix(".seal") }.prefix(SignatureFolder.countLimit).compactMap { name in
      let file = Path.join(folder(of: journal), name)
      let bytes = try? readFile(file, limit: sizeLimit, throughLink: false)
      return bytes.flatMap { Seal(String(decoding: $0, as: UTF8.self)) }.map { (name, $0) }
    }
  }

  func keep(besides journal: String, _ fingerprint: String) throws(SystemError) -> String {
    let mark = fingerprint.dropFirst("SHA256:".count).filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
    try makeDirectory(Seal.folder(of: journal))
    let file = Path.join(Seal.folder(of: journal), "\(head.sequence)-\(mark.prefix(8)).seal")
    try replaceFile(file, with: Array(text.utf8), mode: 0o644)
    return file
  }
}

/// A head that was noted or sealed earlier, as `--head` names it.
struct SavedHead {
  var head: JournalHead
  /// Nil when only its number and hash were noted.
  var seal: Seal?

  init(_ text: String) throws {
    if let head = JournalHead(text) {
      self.head = head
      return
    }
    let wrong =
      "--head takes NUMBER:HASH as `belay journal verify` prints it, or a file that `belay journal seal` wrote"
    guard fileKind(text) != nil else { throw UsageError("\(wrong); there is no file \(text)") }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try readFile(text, limit: Seal.sizeLimit) } catch {
      throw UsageError("\(wrong): \(error.description)")
    }
    let content = String(decoding: bytes, as: UTF8.self)
    let noted = content.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    seal = Seal(content)
    guard let head = seal?.head ?? JournalHead(noted) else {
      throw UsageError("\(wrong); \(text) is neither")
    }
    self.head = head
  }
}
