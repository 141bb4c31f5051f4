internal import Hashing
internal import Model
internal import Platform

/// Reads one line back, as strictly as the encoder writes it: members in their order and nothing between them, so that
/// no two lines mean the same record.
enum RecordDecoder {
  /// What is wrong with a line by itself. Its place in the chain is the reader's affair.
  struct Failure: Error {
    let check: JournalFinding.Check
    let message: String
  }

  private static let hashOpening = Array(#","hash":""#.utf8)
  private static let previousOpening = Array(#","prev":""#.utf8)

  static func decode(_ line: ArraySlice<UInt8>, hasher: inout SHA256Hasher) throws(Failure) -> JournalRecord {
    var rest = line
    guard let hash = takeDigest(after: hashOpening, before: "\"}", fromEndOf: &rest) else {
      throw form("it does not end in a hash")
    }
    hasher.update(rest)
    guard hasher.finalize() == hash else {
      throw Failure(
        check: .hash, message: "the record does not match its own hash: it was changed after it was written")
    }
    guard let previous = takeDigest(after: previousOpening, before: "\"", fromEndOf: &rest) else {
      throw form("it does not name the record before it")
    }
    return try record(fromEnvelope: rest, previous: previous, hash: hash)
  }

  private static func record(
    fromEnvelope line: ArraySlice<UInt8>, previous: SHA256Digest, hash: SHA256Digest
  ) throws(Failure) -> JournalRecord {
    var rest = line
    guard take(#"{"seq":"#, from: &rest), let sequence = takeNumber(from: &rest).flatMap(Int.init(exactly:))
    else {
      throw form("it does not begin with a sequence number")
    }
    guard take(#","time":""#, from: &rest),
      let time = Timestamp(String(decoding: rest.prefix(24), as: UTF8.self))
    else { throw form("its time is not in UTC with milliseconds") }
    rest = rest.dropFirst(24)
    guard take(#"","mono_ns":"#, from: &rest), let monotonic = takeNumber(from: &rest) else {
      throw form("its monotonic time is not a number")
    }
    guard take(#","kind":""#, from: &rest), let quote = rest.firstIndex(of: UInt8(ascii: "\"")),
      JournalFormat.isKind(rest[..<quote])
    else { throw form("its kind is not a word of lower-case letters, digits and dashes") }
    let kind = String(decoding: rest[..<quote], as: UTF8.self)
    rest = rest[quote...]
    guard take(#"","data":"#, from: &rest) else { throw form("it has no data") }
    return JournalRecord(
      sequence: sequence, time: time, monotonicNanoseconds: monotonic, kind: kind, data: try data(rest),
      previous: previous, hash: hash)
  }

  private static func data(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Value {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw form("its data is not UTF-8") }
    do throws(JSONError) {
      return try JSONReader.parse(Array(bytes), depthLimit: JournalFormat.depthLimit)
    } catch {
      throw form("its data is not JSON: \(error.message)")
    }
  }

  private static func form(_ message: String) -> Failure {
    Failure(check: .form, message: "this is no record of a journal: \(message)")
  }

  private static func take(_ text: StaticString, from rest: inout ArraySlice<UInt8>) -> Bool {
    let expected = text.description.utf8
    guard rest.starts(with: expected) else { return false }
    rest = rest.dropFirst(expected.count)
    return true
  }

  /// Digits without a leading zero, as the encoder writes them.
  private static func takeNumber(from rest: inout ArraySlice<UInt8>) -> UInt64? {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let text = String(decoding: digits, as: UTF8.self)
    guard let number = UInt64(text), String(number) == text else { return nil }
    rest = rest.dropFirst(digits.count)
    return number
  }

  private static func takeDigest(
    after opening: [UInt8], before closing: StaticString, fromEndOf rest: inout ArraySlice<UInt8>
  ) -> SHA256Digest? {
    let closing = Array(closing.description.utf8)
    let tail = rest.suffix(opening.count + 64 + closing.count)
    guard tail.starts(with: opening), tail.suffix(closing.count).elementsEqual(closing),
      let digest = SHA256Digest(hexBytes: tail.dropFirst(opening.count).dropLast(closing.count))
    else { return nil }
    rest = rest[..<tail.startIndex]
    return digest
  }
}
