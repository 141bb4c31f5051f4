import Execution
import Journal
import Model
import Platform
import TestSupport
import Testing

/// Journals of real runs, one for each way in which a run can go, as the versions before wrote them. Whatever changes, they
/// stay readable down to the last hash, and mean what they meant. Never write one of them anew: add.
@Suite struct CorpusTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var head: String
    /// How the run stood at the end, if it had ended.
    var exit: Int?
    var owed = 0
    var kinds: Set<String>
    var testDescription: String { name }
  }

  static let samples = [
    Sample(
      name: "v1/approved", head: "5:8dac83e4d9764c83e65644111036dd9c2ec4242eea78311e72019a74db6e7979",
      exit: 0,
      kinds: ["signed", "intended", "finished"]),
    Sample(
      name: "v1/owed", head: "14:e3da1bc9e0d23d60d2adf35dbd4e8b95630bd51c8e93cca35e9190b1fe0b24a1", exit: 6,
      owed: 1,
      kinds: ["confirmed", "unwinding", "undo-intended", "undo-finished", "compared"]),
    Sample(
      name: "v1/resumed", head: "11:22582c2c99d7315b3fda5340307e47050e58002cea142ba8c87b6f134c89b468",
      exit: 0,
      kinds: ["awaiting", "answered", "resumed", "settled", "decided"]),
    Sample(
      name: "v1/torn", head: "5:92ba7da7a0949634b08d60ffb21cc043142fe024055f3843ec261ba24fe29d1f", exit: nil,
      kinds: ["awaiting", "answered", "resumed"]),
    Sample(
      name: "v1/cluster", head: "12:633d697380f34639efad5657fb498105e7085f6910672e640f734b7a728e43ed",
      exit: 5,
      kinds: ["observed", "guarded", "undo-finished", "compared"]),
    Sample(
      name: "v1/leader", head: "20:46fb3eeec689f9676103f0619e56ba3970ed1ad7ab2793b5001a27236493745f", exit: 0,
      kinds: ["observed", "guarded", "finished"]),
  ]

  @Test(arguments: samples)
  func staysReadable(sample: Sample) throws {
    let path = Path.join(FormatTests.repository, "Tests/JournalTests/Fixtures/\(sample.name).jsonl")
    let contents = try JournalReader.read(path)
    #expect(contents.format == 1)
    #expect(contents.head?.description == sample.head)
    #expect((contents.tornTail != nil) == (sample.name == "v1/torn"))
    #expect(sample.kinds.isSubset(of: contents.records.map(\.kind)))
    let replay = try RunLog.replay(contents.records)
    if let exit = sample.exit {
      #expect(replay.machine.phase == .ended(exit: exit))
    } else {
      #expect(replay.machine.phase == .forward)
    }
    let summary = replay.events.compactMap { entry -> RunSummary? in
      if case .ended(_, let summary) = entry.event { summary } else { nil }
    }.last
    #expect((summary?.owed.count ?? 0) == sample.owed)
  }

  /// A journal that nobody holds against anything would rot unseen.
  @Test func everyJournalOfTheCorpusIsListed() throws {
    let folder = Path.join(FormatTests.repository, "Tests/JournalTests/Fixtures/v1")
    #expect(
      Set(try listDirectory(folder).map { "v1/\(Path.withoutExtension($0))" })
        == Set(Self.samples.map(\.name)))
  }
}
