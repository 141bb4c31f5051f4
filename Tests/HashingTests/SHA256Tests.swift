import Hashing
import Testing

@Suite struct SHA256Tests {
  /// The examples of FIPS 180-4, as `sha256sum` prints them.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownAnswers(text: String, hex: String) {
    #expect(sha256(text).hex == hex)
    #expect(sha256(Array(text.utf8)).hex == hex)
  }

  @Test func aMillionLettersInPieces() {
    var hasher = SHA256Hasher()
    for _ in 0..<1000 { hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
    #expect(
      hasher.finalize()?.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func startsAfreshAfterEachDigest() {
    var hasher = SHA256Hasher()
    hasher.update("something else")
    _ = hasher.finalize()
    hasher.update("a")
    hasher.update("bc")
    #expect(hasher.finalize() == sha256("abc"))
    #expect(hasher.finalize() == sha256(""))
  }

  @Test(arguments: [
    "", "abc", String(repeating: "A", count: 64), String(repeating: "0", count: 63),
    String(repeating: "0", count: 65), String(repeating: "g", count: 64), String(repeating: "é", count: 32),
  ])
  func refusesWhatIsNoDigest(text: String) {
    #expect(SHA256Digest(hex: text) == nil)
  }

  @Test func hexAndBytesAgree() throws {
    let digest = try #require(SHA256Digest(bytes: Array(0..<32)))
    #expect(digest.hex == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    #expect(SHA256Digest(hex: digest.hex) == digest)
    #expect(SHA256Digest(bytes: Array(0..<31)) == nil)
    #expect(SHA256Digest.zero.hex == String(repeating: "0", count: 64))
  }
}
