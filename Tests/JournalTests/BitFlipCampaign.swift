import Glibc
import Journal
import Platform
import TestSupport
import Testing

/// Bits that turned over, on the disk or on the way to it.
@Suite struct BitFlipCampaign {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  @Test("a bit that flipped in any byte of a journal is found, and nobody relies on that journal")
  func everyByte() async throws {
    let sound = try Sample.write(path, records: Campaign.isSoak ? 30 : 12)
    let bits = Campaign.isSoak ? 8 : 1
    try await Campaign("journal-bit-flips", ci: sound.count, soak: sound.count * 8).run { one in
      let place = one.number / bits
      // One bit in each byte, a different one from byte to byte, or all of them.
      let bit = bits == 1 ? place % 8 : one.number % bits
      var bytes = sound
      bytes[place] ^= 1 << UInt8(bit)
      let file = try FileDescriptor.open(path, O_WRONLY | O_TRUNC)
      _ = try file.write(bytes[...])
      let report = try JournalVerification.verify(path)
      try one.expect(!report.isSound, "bit \(bit) of byte \(place) flipped, and nobody noticed")
      // What is found nowhere but at the end looks like the tail that a crash leaves.
      guard report.findings.contains(where: { $0.check != .tornTail }) else { return "a torn tail" }
      do {
        _ = try JournalWriter.open(path)
      } catch JournalError.damaged {
        return "refused"
      }
      throw Campaign.Failure("bit \(bit) of byte \(place) flipped, and the journal is written on")
    }
  }
}
