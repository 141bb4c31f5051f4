import Hashing
import Journal
import Model
import Platform
import TestSupport
import Testing

@Suite struct TamperTests {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  private func verify(_ bytes: [UInt8], expecting head: JournalHead? = nil) throws -> VerificationReport {
    try JournalVerification.verify(try directory.write(bytes, to: "tampered"), expecting: head)
  }

  @Test func aSoundJournalIsSound() throws {
    try Sample.write(path, records: 30)
    let report = try JournalVerification.verify(path)
    #expect(report.isSound)
    #expect(report.recordCount == 30)
    #expect(report.head?.sequence == 29)
    #expect(try JournalVerification.verify(path, expecting: report.head).isSound)
  }

  @Test func aDroppedRecordIsFound() throws {
    let lines = Sample.lines(try Sample.write(path, records: 30))
    for dropped in 0..<29 {
      var rest = lines
      rest.remove(at: dropped)
      let report = try verify(Sample.joined(rest))
      #expect(report.findings.map(\.line) == [dropped + 1])
      #expect(report.findings.first?.check == .sequence)
      #expect(report.recordCount == 29)
    }
  }

  @Test func insertedAndSwappedRecordsAreFound() throws {
    let lines = Sample.lines(try Sample.write(path, records: 10))
    for place in 0..<9 {
      var swapped = lines
      swapped.swapAt(place, place + 1)
      #expect(try verify(Sample.joined(swapped)).findings.first?.line == place + 1)
      var doubled = lines
      doubled.insert(lines[place], at: place + 1)
      #expect(try verify(Sample.joined(doubled)).findings.first?.line == place + 2)
    }
  }

  @Test func aRecordOfAnotherJournalIsFound() throws {
    let lines = Sample.lines(try Sample.write(path, records: 5))
    let others = Sample.lines(try Sample.write(directory.path(of: "other"), records: 5))
    let report = try verify(Sample.joined(lines[..<2] + [others[2]] + lines[3...]))
    #expect(report.findings.map(\.check) == [.chain, .chain])
    #expect(report.findings.map(\.line) == [3, 4])
  }

  @Test func anEditWithItsOwnHashMendedIsFound() throws {
    var lines = Sample.lines(try Sample.write(path, records: 5))
    let edited = String(decoding: lines[2], as: UTF8.self).replacing("\"rc\":0", with: "\"rc\":1")
    let body = edited[..<(edited.firstRange(of: ",\"hash\"")?.lowerBound ?? edited.endIndex)]
    lines[2] = Array("\(body),\"hash\":\"\(sha256(String(body)).hex)\"}".utf8)
    let report = try verify(Sample.joined(lines))
    #expect(report.findings.map(\.line) == [4])
    #expect(report.findings.first?.check == .chain)
  }

  /// Who may write the file and knows the format can compute all hashes anew. Only a head kept elsewhere shows it, and
  /// without one the report says that it cannot know.
  @Test func aForgedChainIsFoundWithAHeadAndNamedAsTheBlindSpotWithout() throws {
    let bytes = try Sample.write(path, records: 12)
    let head = try #require(try JournalReader.read(path).head)
    #expect(Sample.joined(Sample.rechained(Sample.lines(bytes))) == bytes)
    let forged = Sample.rechained(
      Sample.lines(bytes).map {
        Array(String(decoding: $0, as: UTF8.self).replacing("\"s7\"", with: "\"s8\"").utf8)
      })
    let blind = try verify(Sample.joined(forged))
    #expect(blind.isSound)
    #expect(blind.notChecked.contains { $0.contains("rewritten") && $0.contains("only a saved head") })
    let seeing = try verify(Sample.joined(forged), expecting: head)
    #expect(seeing.findings.map(\.check) == [.head])
    #expect(!seeing.notChecked.contains { $0.contains("only a saved head") })
  }

  @Test func aTruncationIsFoundWithAHeadAndNamedAsTheBlindSpotWithout() throws {
    let lines = Sample.lines(try Sample.write(path, records: 12))
    let head = try #require(try JournalReader.read(path).head)
    for kept in 1..<12 {
      let cut = Sample.joined(Array(lines[..<kept]))
      let blind = try verify(cut)
      #expect(blind.isSound)
      #expect(blind.notChecked.contains { $0.contains("cut off at the end") })
      let seeing = try verify(cut, expecting: head)
      #expect(
        seeing.findings.first?.message
          == "the saved head is record 11, but the journal lacks it: it ends with record \(kept - 1)")
    }
  }

  @Test func whatCameAfterTheSavedHeadIsSaidToBeUnproven() throws {
    let lines = Sample.lines(try Sample.write(path, records: 12))
    let early = try JournalReader.read(path).records[4].head
    let report = try verify(Sample.joined(lines), expecting: early)
    #expect(report.isSound)
    #expect(report.notChecked.contains { $0.hasPrefix("records 5 to 11, written after the head was saved") })
  }

  @Test func headsAreReadBackAsTheyArePrinted() throws {
    try Sample.write(path, records: 2)
    let head = try #require(try JournalReader.read(path).head)
    #expect(JournalHead(head.description) == head)
    for wrong in ["", "1", ":", "-1:\(head.hash)", "01:\(head.hash)", "+1:\(head.hash)", "1:\(head.hash)0"] {
      #expect(JournalHead(wrong) == nil)
    }
  }

  @Test func aNewerFormatIsRefusedByName() throws {
    let bytes = try Sample.write(path, records: 1)
    let newer = String(decoding: bytes, as: UTF8.self).replacing("\"format\":1", with: "\"format\":2")
    let report = try verify(Sample.joined(Sample.rechained(Sample.lines(Array(newer.utf8)))))
    #expect(report.findings.map(\.check) == [.format])
    #expect(report.findings.first?.message.contains("format 2") == true)
  }

  /// Anything at all may be in a file that is called a journal.
  @Test func rubbishIsRefusedInBoundedMemory() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let rubbish = (0..<Int.random(in: 1...3000)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(try !verify(rubbish).isSound)
    }
    let breaks = try verify([UInt8](repeating: UInt8(ascii: "\n"), count: 100_000))
    #expect(breaks.findings.count == 101)
    #expect(breaks.findingCount == 100_001)
    let endless = try verify([UInt8](repeating: UInt8(ascii: "x"), count: JournalFormat.recordByteLimit + 1))
    #expect(endless.findings.contains { $0.message.contains("longer than the limit") })
  }

  /// Members in another order, spaces, leading zeros: equal to JSON, but not to us, even under a right hash.
  @Test(arguments: [
    #"{"seq": 0,"#, #"{"seq":00,"#, #"{"seq":-0,"#, #"{"seq":0.0,"#, #"{"seq":99999999999999999999,"#,
    #"{ "seq":0,"#, #"{"kind":"x","seq":0,"#, #"{"seq":18446744073709551615,"#,
  ])
  func onlyOneSpellingIsARecord(opening: String) throws {
    let line = String(decoding: Sample.lines(try Sample.write(path, records: 1))[0], as: UTF8.self)
    let body = opening + line.dropFirst(9)
    let unhashed = body[..<(body.firstRange(of: ",\"hash\"")?.lowerBound ?? body.endIndex)]
    let forged = "\(unhashed),\"hash\":\"\(sha256(String(unhashed)).hex)\"}\n"
    #expect(try verify(Array(forged.utf8)).findings.first?.check == .form)
  }
}
