import Lab
import Model
import TestSupport
import Testing

/// A loop over the members of a real cluster, one at a time.
extension EndToEndTests.OnOneLab {
  @Suite struct RollingRestartTests {
    private func processes(_ lab: LabDescription) async throws -> [String: String] {
      var processes: [String: String] = [:]
      for node in lab.members {
        processes[node.name] = try await lab.output(node.name, "systemctl show -p MainPID --value etcd")
      }
      return processes
    }

    @Test(.timeLimit(.minutes(3))) func everyMemberIsRestartedOneAtATime() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let before = try await processes(lab)

      let result = try await belay.run("rolling-restart", "--yes")
      #expect(result.exit == 0, "\(result)")
      #expect(try await lab.memberList() == members)
      for (name, process) in try await processes(lab) {
        #expect(process != before[name] && process != "0\n", "\(name): \(process)")
      }
      let starts = result.err.split(separator: "\n").filter { $0.contains("act    rolling.") }
      #expect(starts.count == 9, "\(starts)")
      #expect(try await belay.run("journal", "verify", "last").exit == 0)
    }

    @Test(.timeLimit(.minutes(3))) func aMemberThatStaysDownEndsIt() async throws {
      let lab = try EtcdLab.lab
      let belay = try lab.belay()
      let members = try await lab.memberList()
      let before = try await processes(lab)

      let result = try await belay.run(
        "rolling-restart", "--yes", "--rehearse-failure", "rolling.n2.start:after")
      #expect(result.exit == 5, "\(result)")
      #expect(try await lab.memberList() == members)
      let after = try await processes(lab)
      #expect(after["n1"] != before["n1"] && after["n2"] != before["n2"], "\(result)")
      #expect(after["n3"] == before["n3"], "the third was not touched")
      #expect(after["n2"] != "0\n")
    }
  }
}
