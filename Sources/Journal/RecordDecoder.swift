internal import Glibc
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

  static func decode(_ line: ArraySlice<UInt8>, hasher: inout SHA256Hasher) throws(Failure) -> JournalRecord {
    var rest = line
    guard let hash = takeDigest(after: #","hash":""#, before: "\"}", fromEndOf: &rest) else {
      throw form("it does not end in a hash")
    }
    hasher.update(rest)
    guard hasher.finalize() == hash else {
      throw Failure(
        check: .hash, message: "the record does not match its own hash: it was changed after it was written")
    }
    guard let previous = takeDigest(after: #","prev":""#, before: "\"", fromEndOf: &rest) else {
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
    guard take(#","kind":""#, from: &rest), let quote = rest.position(of: UInt8(ascii: "\"")),
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
    guard rest.begins(with: text) else { return false }
    rest = rest[(rest.startIndex + text.utf8CodeUnitCount)...]
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
    after opening: StaticString, before closing: StaticString, fromEndOf rest: inout ArraySlice<UInt8>
  ) -> SHA256Digest? {
    let start = rest.endIndex - opening.utf8CodeUnitCount - 64 - closing.utf8CodeUnitCount
    guard start >= rest.startIndex else { return nil }
    let digits = start + opening.utf8CodeUnitCount
    guard rest[start...].begins(with: opening), rest[(digits + 64)...].begins(with: closing),
      let digest = SHA256Digest(hexBytes: rest[digits..<digits + 64])
    else { return nil }
    rest = rest[..<start]
    return digest
  }
}

extension ArraySlice<UInt8> {
  fileprivate func begins(with text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount <= count else { return false }
    return unsafe withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return text.utf8CodeUnitCount == 0 }
      return unsafe memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
  }

  /// Where the byte stands first: the search that every byte of a journal goes through.
  func position(of byte: UInt8) -> Int? {
    unsafe withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, let found = unsafe memchr(start, Int32(byte), bytes.count) else {
        return nil
      }
      return unsafe startIndex + (UnsafeRawPointer(found) - start)
    }
  }
}
