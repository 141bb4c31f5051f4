/// 32 bytes, written as 64 lower-case hexadecimal digits, as `sha256sum` does.
package struct SHA256Digest: Hashable, Sendable {
  package static let byteCount = 32

  /// Words rather than an array: digests are made by the hundred thousand and should not allocate.
  private let words: SIMD4<UInt64>

  /// Nil unless there are exactly 32 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    words = unsafe bytes.withUnsafeBytes { unsafe Self.words(bigEndian: $0) }
  }

  /// The caller has made sure that there are 32 bytes.
  init(unchecked bytes: UnsafeRawBufferPointer) {
    words = unsafe Self.words(bigEndian: bytes)
  }

  private static func words(bigEndian bytes: UnsafeRawBufferPointer) -> SIMD4<UInt64> {
    unsafe SIMD4(
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
  }

  /// Nil unless the text is exactly 64 lower-case hexadecimal digits.
  package init?(hex: String) {
    self.init(hexBytes: Array(hex.utf8)[...])
  }

  package init?(hexBytes: ArraySlice<UInt8>) {
    guard hexBytes.count == 2 * Self.byteCount else { return nil }
    let words: SIMD4<UInt64>? = unsafe hexBytes.withUnsafeBytes { digits in
      var words = SIMD4<UInt64>()
      for half in 0..<8 {
        let eight = unsafe UInt64(bigEndian: digits.loadUnaligned(fromByteOffset: 8 * half, as: UInt64.self))
        guard let number = Self.number(hexDigits: eight) else { return nil }
        words[half / 2] = words[half / 2] << 32 | UInt64(number)
      }
      return words
    }
    guard let words else { return nil }
    self.words = words
  }

  /// The way back from `hexDigits`; nil unless it would lead here again.
  private static func number(hexDigits eight: UInt64) -> UInt32? {
    let areLetters = eight >> 6 & 0x0101_0101_0101_0101
    var nibbles = eight & 0x0F0F_0F0F_0F0F_0F0F &+ areLetters &* 9
    nibbles = (nibbles >> 4 | nibbles) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles >> 8 | nibbles) & 0x0000_FFFF_0000_FFFF
    let number = UInt32(truncatingIfNeeded: nibbles >> 16 | nibbles)
    return hexDigits(number) == eight ? number : nil
  }

  private init(words: SIMD4<UInt64>) { self.words = words }

  /// What the first record of a chain names as its predecessor.
  package static let zero = SHA256Digest(words: SIMD4())

  /// Equal to no digest of anything: where hashing itself failed, every comparison must fail too.
  static func matchingNothing() -> SHA256Digest {
    var generator = SystemRandomNumberGenerator()
    return SHA256Digest(
      words: SIMD4(generator.next(), generator.next(), generator.next(), generator.next()))
  }

  package var hex: String {
    var digits: [UInt8] = []
    writeHex(into: &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  package func writeHex(into out: inout [UInt8]) {
    unsafe withUnsafeTemporaryAllocation(byteCount: 2 * Self.byteCount, alignment: 8) { digits in
      for half in 0..<8 {
        let eight = Self.hexDigits(UInt32(truncatingIfNeeded: words[half / 2] >> (half % 2 == 0 ? 32 : 0)))
        unsafe digits.storeBytes(of: eight.bigEndian, toByteOffset: 8 * half, as: UInt64.self)
      }
      unsafe out.append(contentsOf: digits)
    }
  }

  /// Eight digits at once, as a journal writes two digests for each record: the nibbles are spread over eight bytes, and
  /// those above nine are moved from after `9` to `a`.
  private static func hexDigits(_ number: UInt32) -> UInt64 {
    var nibbles = UInt64(number)
    nibbles = (nibbles << 16 | nibbles) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles << 8 | nibbles) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles << 4 | nibbles) & 0x0F0F_0F0F_0F0F_0F0F
    let areLetters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles &+ 0x3030_3030_3030_3030 &+ areLetters &* 39
  }
}

extension SHA256Digest: CustomStringConvertible {
  package var description: String { hex }
}

extension SHA256Digest: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let digest = SHA256Digest(hex: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a SHA-256 digest is 64 lower-case hexadecimal digits")
    }
    self = digest
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
