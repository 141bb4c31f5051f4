import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing

/// What had not been synced is lost, in part or whole and in any order, while acts rely on what had.
@Suite struct PowerLossCampaign {
  let directory = ScratchDirectory(inMemory: true)
  var path: String { directory.path(of: "j") }

  @Test("guarantee 1: whatever a power loss takes, the intent of every act that began is there")
  func everyActHasItsIntent() async throws {
    var scenes: [Scene] = []
    for seed in 0..<(Campaign.isSoak ? 250 : 25) { scenes.append(try Scene(seed: seed)) }
    try await Campaign("journal-power-loss", ci: 4_500, soak: 250_000).run { one in
      let scene = scenes[one.number % scenes.count]
      let moment = Int.random(in: 0...scene.disk.count, using: &one.random)
      let remains = scene.disk.losePower(after: moment, Scene.path, &one.random)
      guard let file = remains.file else {
        try one.expect(remains.outside.isEmpty, "an act had begun, and the journal is gone")
        return "no journal yet"
      }
      let descriptor = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
      _ = try descriptor.write(file[...])
      let found = try JournalReader.inspect(path)
      let steps = Set(found.steps)
      for act in remains.outside {
        try one.expect(steps.contains(act), "act \(act) had begun, and its intent is not on the disk")
      }
      // Several records that wait for one sync may be lost in any order.
      try one.expect(found.findings.isEmpty, "refused as damaged: \(found.findings)")
      return found.tornTail == nil ? "sound" : "torn"
    }
  }

  /// Waves of intents that share a sync, acts that begin only after it, and outcomes.
  private struct Scene: Sendable {
    static let path = "/disk/j"
    let disk = VolatileDisk()

    init(seed: Int) throws {
      var random = SeededRandom(seed: UInt64(seed))
      let writer = try JournalWriter.create(Scene.path, binding: ["plan": "p1"], storage: disk)
      var number = 0
      for _ in 0..<3 {
        let wave = (0..<Int.random(in: 1...3, using: &random)).map { number + $0 }
        number += wave.count
        for act in wave {
          let length = Int.random(in: 0..<600, using: &random)
          try writer.append(Sample.entry(act, length, kind: "intended"), durable: false)
        }
        // Sometimes another record comes in between.
        if number % 3 > 0 { try writer.sync() } else { try writer.append(Sample.entry(2000 + number)) }
        for act in wave { disk.note("s\(act)") }
        try writer.append(Sample.entry(1000 + number, Int.random(in: 0..<600, using: &random)))
      }
    }
  }
}
