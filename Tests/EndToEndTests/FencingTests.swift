import Glibc
import Lab
import Model
import Platform
import TestSupport
import Testing

extension EndToEndTests.OnOneLab {
  /// Two operators who know nothing of each other but what the nodes say.
  @Suite struct FencingTests {
    @Test(
      "guarantee 8: a belay that is stopped, robbed and woken up does nothing more", .timeLimit(.minutes(2)))
    func stoppedRobbedAndWoken() async throws {
      let lab = try EtcdLab.lab
      let (first, second) = (try lab.belay(), try lab.belay())
      #expect(first.home != second.home)
      let members = try await lab.memberList()
      let configuration = try await lab.configuration(of: "n4")
      let run = try RunningBelay(first, ["add-node", "n4", "--yes"])
      try await run.waitToSay("act    start")
      run.signal(SIGSTOP)
      let name = Path.withoutExtension(Path.name(of: try first.newestJournal()))

      let busy = try await second.run("add-node", "n5", "--yes")
      #expect(busy.exit == 8 && busy.err.contains("is held by run \(name)"), "\(busy)")
      #expect(busy.err.contains("process ") && busy.err.contains("token "), "\(busy)")
      let locks = try await second.run("locks")
      #expect(locks.exit == 0 && locks.out.contains("held by run \(name)"), "\(locks)")
      let looked = try await second.run("plan", "add-node", "n5")
      #expect(looked.exit == 0 || looked.exit == 4, "looking needs no lock: \(looked)")

      let early = try await second.run("unlock", "lab", "--because", "it hangs")
      #expect(early.exit == 4 && early.err.contains("take lab from run \(name)"), "\(early)")
      let robbed = try await second.run(
        "unlock", "lab", "--because", "it hangs", "--confirm", "take lab from run \(name)")
      #expect(robbed.exit == 0, "\(robbed)")
      #expect(try await second.run("locks").out.contains("it hangs"))
      let log = Path.join(second.home, "locks/lab.jsonl")
      #expect(try await second.run("journal", "verify", log).exit == 0)

      run.signal(SIGCONT)
      #expect(try await run.end() == 8, "\(run.output)")
      #expect(run.output.contains("TAKEN OVER") && run.output.contains("it hangs"), "\(run.output)")
      #expect(try first.records("taken-over").count == 1)
      let after = try await lab.memberList()
      #expect(
        after.count == members.count + 1 && after.contains { $0.hasSuffix(", true") },
        "no promotion: \(after)")

      let resumed = try await first.run("resume", "last")
      #expect(resumed.exit == 0, "\(resumed)")
      let tokens = try first.records("locked").compactMap { $0["data"]?["fence"]?["token"]?.intValue }
      #expect(tokens.count == 2 && tokens[1] == tokens[0] + 2, "\(tokens)")
      #expect(try await second.run("locks").out.contains("free"))
      try await lab.remove("n4", with: first, keeping: configuration)
      #expect(try await lab.memberList() == members)
    }
  }
}
