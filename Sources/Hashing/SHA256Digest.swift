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
    var words = SIMD4<UInt64>()
    var index = 0
    for digit in hexBytes {
      let nibble: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(nibble)
      index += 1
    }
    self.words = words
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
    for word in 0..<4 {
      for shift in stride(from: 60, through: 0, by: -4) {
        let nibble = UInt8(truncatingIfNeeded: words[word] >> UInt64(shift)) & 15
        out.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
      }
    }
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
