import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct HostileTextTests {
  let directory = ScratchDirectory()

  /// Guarantee 12: nothing a node prints can move the cursor, colour or forge a line in the journal.
  @Test func aRecordIsOneLineOfHarmlessCharactersWhateverANodePrinted() throws {
    let path = directory.path(of: "j")
    let everyByte = (0...255).map { UInt8($0) }
    let forged = Array("\n{\"seq\":1,\"time\":\"x\"}\r\n\u{1B}[2J\u{1B}]0;title\u{7}".utf8)
    let tricks = Array(
      "\u{85}\u{9B}31m\u{2028}\u{2029}\u{202E}\u{2066}\u{FEFF}\u{200F}\u{E0041}\u{AD}\u{7F}\u{0}".utf8)
    let writer = try JournalWriter.create(path, binding: [:])
    for bytes in [everyByte, forged, tricks] {
      let output = KeptOutput.value(bytes, limit: 1000, mask: .none)
      try writer.append(
        JournalEntry(kind: "output", data: ["stdout": output, String(decoding: bytes, as: UTF8.self): 1]))
    }
    let bytes = try readFile(path, limit: 1 << 20)
    #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 4)
    let text = String(decoding: bytes, as: UTF8.self)
    let harmful = text.unicodeScalars.filter { scalar in
      scalar != "\n"
        && [.control, .format, .lineSeparator, .paragraphSeparator].contains(
          scalar.properties.generalCategory)
    }
    #expect(harmful.isEmpty)
    let contents = try JournalReader.read(path)
    #expect(
      contents.records[2].data["stdout"]?["text"]?.stringValue == String(decoding: forged, as: UTF8.self))
    #expect(
      contents.records[3].data["stdout"]?["text"]?.stringValue == String(decoding: tricks, as: UTF8.self))
  }
}

@Suite struct KeptOutputTests {
  @Test func shortTextIsKeptAsItIs() {
    #expect(KeptOutput.value(Array("done\n".utf8), limit: 5, mask: .none) == ["text": "done\n", "bytes": 5])
  }

  @Test func ofLongOutputBothEndsAndTheHashOfAll() {
    let output = Array("0123456789".utf8)
    let expected: Value = [
      "text": "012", "end": "89", "omitted": 5, "bytes": 10,
      "sha256": "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882",
    ]
    #expect(KeptOutput.value(output, limit: 5, mask: .none) == expected)
    #expect(KeptOutput.value(output, limit: 0, mask: .none)["omitted"] == 10)
    #expect(KeptOutput.value(output, limit: -1, mask: .none)["text"] == "")
  }

  @Test(arguments: 0...40)
  func charactersAreNeverCutInTwo(limit: Int) {
    let output = Array("ab€é🧗‍♀️€€éé🧗xyz".utf8)
    let value = KeptOutput.value(output, limit: limit, mask: .none)
    let kept = (value["text"]?.stringValue ?? "") + (value["end"]?.stringValue ?? "")
    #expect(!kept.unicodeScalars.contains("\u{FFFD}"))
    #expect(kept.utf8.count + (value["omitted"]?.intValue ?? 0) == output.count)
  }

  @Test func bytesThatAreNoTextAreToldByTheirHash() {
    let value = KeptOutput.value([0x61, 0xFF], limit: 100, mask: .none)
    #expect(value["text"] == "a\u{FFFD}")
    #expect(value["bytes"] == 2)
    #expect(value["sha256"] != nil)
  }

  @Test func theSecretGoesBeforeTheCut() throws {
    let mask = SecretMask(["hunter2-hunter2"])
    for limit in 0...60 {
      let value = KeptOutput.value(Array("password is hunter2-hunter2, bye".utf8), limit: limit, mask: mask)
      #expect(!value.json().contains("hunter"))
    }
  }
}
