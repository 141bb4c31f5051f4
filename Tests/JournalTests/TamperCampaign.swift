import Glibc
import Journal
import Platform
import TestSupport
import Testing

/// Somebody with time, the format's description and the right to write the file.
@Suite struct TamperCampaign {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  @Test("whatever was edited, dropped, inserted, swapped, cut, rolled back or forged, a saved head shows it")
  func aHeadShowsEverything() async throws {
    let sound = try Sample.write(path, records: 12)
    let lines = Sample.lines(sound)
    let head = try #require(try JournalReader.read(path).head)
    var blind: Set<String> = []
    try await Campaign("journal-tampering", ci: 1_000, soak: 50_000).run { one in
      var tamperer = Tamperer(sound, one.random)
      let tampered = tamperer.journal(one.number)
      if tampered == sound { return "left as it was" }
      let file = try FileDescriptor.open(path, O_WRONLY | O_TRUNC)
      _ = try file.write(tampered[...])
      let seeing = try JournalVerification.verify(path, expecting: head)
      try one.expect(
        !seeing.isSound, "not found in spite of a head: \(String(decoding: tampered, as: UTF8.self))")
      let alone = try JournalVerification.verify(path)
      guard alone.isSound else { return "found by the chain" }
      // The only two things that a chain cannot show, and the report says so.
      let isCut = lines.starts(with: Sample.lines(tampered))
      let name = isCut ? "cut off at the end" : "rewritten from some record on with new hashes"
      try one.expect(
        isCut || Sample.joined(Sample.rechained(Sample.lines(tampered))) == tampered,
        "neither cut nor forged throughout, and yet sound: \(String(decoding: tampered, as: UTF8.self))")
      try one.expect(
        alone.notChecked.contains { $0.contains(name) && $0.contains("only a saved head") },
        "the report does not say what it cannot see: \(alone.notChecked)")
      blind.insert(name)
      return "\(name), found by the head alone"
    }
    #expect(blind.count == 2 || !Campaign.isWhole, "the campaign does not reach both blind spots")
  }
}
