internal import Hashing
package import Model

/// What a journal keeps of a command's output: all of it when it is short, otherwise its beginning and its end with the size
/// and hash of the whole.
package enum KeptOutput {
  /// Secrets go first: a cut could otherwise leave half of one, and the hash would let one be guessed.
  ///
  /// `bytes` and `sha256` are those of the masked output. The hash stands there whenever the text alone does not tell
  /// the bytes: when something was left out or was not UTF-8.
  package static func value(_ output: [UInt8], limit: Int, mask: SecretMask) -> Value {
    let bytes = mask.apply(output)
    var kept: Value.Object = [:]
    let limit = max(0, limit)
    if bytes.count <= limit {
      kept["text"] = .string(String(decoding: bytes, as: UTF8.self))
    } else {
      let first = characterBoundary(atOrBefore: limit - limit / 2, in: bytes)
      let last = max(first, characterBoundary(atOrBefore: bytes.count - limit / 2, in: bytes))
      kept["text"] = .string(String(decoding: bytes[..<first], as: UTF8.self))
      kept["end"] = .string(String(decoding: bytes[last...], as: UTF8.self))
      kept["omitted"] = .number(Double(last - first))
    }
    kept["bytes"] = .number(Double(bytes.count))
    if bytes.count > limit || String(validating: bytes, as: UTF8.self) == nil {
      kept["sha256"] = .string(sha256(bytes).hex)
    }
    return .object(kept)
  }

  /// UTF-8 takes at most four bytes a character: looking back further than three means that this is not UTF-8.
  private static func characterBoundary(atOrBefore index: Int, in bytes: [UInt8]) -> Int {
    for back in 0...3 where index - back > 0 && index < bytes.count {
      if bytes[index - back] & 0xC0 != 0x80 { return index - back }
    }
    return index
  }
}
