import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct SecretMaskTests {
  let directory = ScratchDirectory()

  /// With everything in it that some encoder treats specially.
  static let awkward = "p@ss w'rd\"/$x`\\é+é!\tend"

  /// Guarantee 13: as real programs print it, next to other text and without.
  @Test(arguments: [
    "cat s", "base64 -w0 s", "(printf user:; cat s) | base64 -w0",
    "(printf 'us:'; cat s; echo more) | base64 -w0",
    "(printf 'u:'; cat s; echo x) | base64 -w0", "base64 -w0 s | tr +/ -_ | tr -d =", "jq -Rs . s",
    "jq -Rs . s | jq -R .",
    "jq -aRs . s", "jq -Rr @uri s", "jq -Rr @sh s", "jq -Rr @base64 s", "bash -c 'printf %q \"$(cat s)\"'",
    "LC_ALL=C bash -c 'printf %q \"$(cat s)\"'", "bash -c 'x=$(cat s); declare -p x'",
    "bash -c 'x=$(cat s); set -x; : \"$x\"' 2>&1",
    "env \"P=$(cat s)\" sh -c 'export -p' | grep P=",
  ])
  func noProgramPrintsItPastTheMask(command: String) throws {
    _ = try directory.write(Self.awkward, to: "s")
    let script = try directory.write("cd \(directory.path)\n\(command)\n", to: "script")
    let out = directory.path(of: "out")
    guard unsafe system("bash \(script) > \(out) 2>\(out).err") == 0 else {
      // jq is not on every machine, and an old one lacks some formats.
      #expect(command.contains("jq"), "\(command) failed")
      return
    }
    let printed = try readFile(out, limit: 1 << 20)
    let masked = SecretMask([Self.awkward]).apply(printed)
    #expect(String(decoding: masked, as: UTF8.self).contains(SecretMask.replacement), "\(printed)")
    #expect(masked.count < printed.count + SecretMask.replacement.utf8.count)
  }

  @Test func aKeyOfManyLinesIsFoundLineByLine() {
    let key = "-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\nZm9vYmFyYmF6\n-----END KEY-----\n"
    let mask = SecretMask([key])
    #expect(
      mask.apply("line 2: AAAAB3NzaC1yc2E, line 3: Zm9vYmFyYmF6") == "line 2: ‹secret›, line 3: ‹secret›")
    #expect(mask.apply(key) == "‹secret›")
  }

  @Test func theLineBreakOfAFileDoesNotHideIt() {
    #expect(SecretMask(["hunter2\n"]).apply("it is hunter2!") == "it is ‹secret›!")
  }

  @Test func overlappingFindsAreCoveredWhole() {
    #expect(SecretMask(["aba"]).apply("xababax") == "x‹secret›x")
    #expect(SecretMask(["abcd", "cdef"]).apply("abcdef") == "‹secret›")
    #expect(SecretMask(["abc", "abcdef"]).apply("abcdef abc") == "‹secret› ‹secret›")
  }

  @Test func emptySecretsMaskNothing() {
    #expect(SecretMask([""]).isEmpty)
    #expect(SecretMask(["", "\n"]).apply("text") == "text")
    #expect(SecretMask.none.apply([0xFF, 0x61]) == [0xFF, 0x61])
  }

  @Test func bytesAroundASecretNeedNotBeText() {
    let bytes: [UInt8] = [0xFF, 0xC3] + Array("hunter2".utf8) + [0x80]
    #expect(SecretMask(["hunter2"]).apply(bytes) == [0xFF, 0xC3] + Array("‹secret›".utf8) + [0x80])
  }

  /// In values, in keys, and as a number: nowhere in the file.
  @Test func noSecretReachesTheJournal() throws {
    let path = directory.path(of: "j")
    let writer = try JournalWriter.create(
      path, binding: ["token": "tok-hunter2"], mask: SecretMask(["hunter2", "73519482", "\u{1B}quoted\""]))
    let data: Value = [
      "hunter2": "x", "pin": .number(73_519_482), "float": .number(0.73519482), "list": ["a hunter2 b"],
      "auth": "aHVudGVyMg==", "escaped": "\u{1B}quoted\"",
    ]
    try writer.append(JournalEntry(kind: "output", data: data))
    let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
    for trace in ["hunter2", "73519482", "aHVudGVyMg", "quoted"] { #expect(!text.contains(trace)) }
    #expect(try JournalReader.read(path).records[1].data["pin"] == "‹secret›")
    #expect(try JournalVerification.verify(path).isSound)
  }
}
