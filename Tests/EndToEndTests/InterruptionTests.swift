import TestSupport
import Model
import Lab
import Glibc
import Platform
import Testing

extension EndToEndTests.OnOneLab {
  @Suite struct InterruptionTests {
    /// Milliseconds after the run has begun: while it prepares, acts, and verifies.
    static var moments: [Range<Int>] { [50..<900, 900..<3000, 3000..<9000] }

    @Test(.timeLimit(.minutes(2)), arguments: moments.indices)
    func whatAKillInterruptsIsResumed(moment: Int) async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n4")
      let configuration = try await lab.configuration(of: "n4")
      let additions = try await lab.additions(of: "n4")
      let seed = SeededRandom.seed
      var random = SeededRandom(state: seed &+ UInt64(moment))
      let delay = Int.random(in: Self.moments[moment], using: &random)
      print("killing belay \(delay) ms into a run (BELAY_TEST_SEED=\(seed))")

      let run = try RunningBelay(belay, ["add-node", "n4", "--yes"])
      try await run.waitToSay("run 2")
      try await Task.sleep(for: .milliseconds(delay))
      run.signal(SIGKILL)
      let killed = try await run.end()
      let story = "seed \(seed): killed after \(delay) ms with\n\(run.output)"
      #expect(killed == 128 + Int(SIGKILL) || killed == 0, "\(story)")

      var exit = killed
      if killed != 0 {
        let resumed = try await belay.run("resume", "last")
        exit = resumed.exit
        #expect([0, 5].contains(exit), "\(story)\nresumed: \(resumed)")
      }
      #expect(try await lab.additions(of: "n4") <= additions + 1, "\(story)")
      let verified = try await belay.run("journal", "verify", "last")
      #expect(verified.exit == 0, "\(story)\n\(verified)")
      let twice = try await belay.run("resume", "last")
      #expect(twice.exit == 2 && twice.says("has ended"), "\(story)\n\(twice)")
      if exit == 0 {
        #expect(try await lab.memberList().count == 4, "\(story)")
        try await lab.remove("n4", with: belay, keeping: configuration)
      }
      #expect(try await lab.memberList() == members, "\(story)")
      #expect(try await lab.spareState("n4") == node, "\(story)")
    }

    @Test(.timeLimit(.minutes(1))) func controlCUndoesAndASecondRunWaitsItsTurn() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let run = try RunningBelay(belay, ["add-node", "n4", "--yes"])
      try await run.waitToSay("run 2")
      let second = try await belay.run("add-node", "n5", "--yes")
      #expect(second.exit == 8, "\(second)")
      #expect(second.err.contains("is held by run 2"), "\(second)")
      let meddling = try await belay.run("resume", "last")
      #expect(meddling.exit == 8, "\(meddling)")

      try await run.waitToSay("act    start")
      run.signal(SIGINT)
      #expect(try await run.end() == 5, "\(run.output)")
      #expect(run.output.contains("once more stops at once"))
      #expect(try await lab.memberList() == members)
      #expect(belay.journalCount() == 1)
    }

    @Test(.timeLimit(.minutes(1))) func controlCTwiceStopsAtOnceAndIsResumable() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let node = try await lab.spareState("n5")
      let run = try RunningBelay(belay, ["add-node", "n5", "--yes"])
      try await run.waitToSay("act    start")
      run.signal(SIGINT)
      try await run.waitToSay("once more stops at once")
      run.signal(SIGINT)
      #expect(try await run.end() == 7, "\(run.output)")
      #expect(run.output.contains("belay resume 2"), "\(run.output)")

      let resumed = try RunningBelay(belay, ["resume", "last"])
      try await resumed.waitToSay("resumed by")
      resumed.signal(SIGTERM)
      #expect(try await resumed.end() == 5, "\(resumed.output)")
      #expect(try await lab.memberList() == members)
      #expect(try await lab.spareState("n5") == node)
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }
  }
}

/// Random numbers that one number brings back.
private struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  static var seed: UInt64 {
    Host.environment("BELAY_TEST_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
