import Execution
import Loading
import Model
import Planning
import Platform
import TestSupport
import Testing
import Transport

/// The shipped diagnosis of etcd, on clusters that exist only on paper.
@Suite struct DiagnosisTests {
  private struct Scenario: Sendable {
    var voters = ["n1", "n2", "n3"]
    var learners: [String] = []
    var down: Set<String> = []
    var unknownLeader = false
    var alarms = ""
    var used: [String: Int] = [:]
    var sizes: [String: Int] = [:]
    var versions: [String: String] = [:]
    var clocks: [String: String] = [:]

    func answer(_ request: CommandRequest) -> FakeTransport.Interference {
      let node = request.node.rawValue
      if down.contains(node) { return .refuse("no route to host") }
      func printed(_ text: String) -> FakeTransport.Interference {
        .answer(
          CommandResult(
            exit: .status(0), stdout: CapturedOutput(bytes: Array(text.utf8), total: text.utf8.count)))
      }
      if request.command.contains("/metrics") {
        return printed(
          "\"Version\" : \"\(versions[node] ?? "3.4.23")\"\n\"DBSize\" : \(sizes[node] ?? 20480)\n\"Quota\" : 2.147483648e+09\n"
        )
      }
      if request.command.contains("alarm list") { return printed(alarms) }
      if request.command.contains("df -P") {
        return printed("/dev/vda1 41152736 9876543 29167232 \(used[node] ?? 26)% /var/lib\n")
      }
      if request.command.contains("date") { return printed("\(clocks[node] ?? "1700000000.25")\n") }
      return .refuse("not asked for: \(request.command)")
    }

    func observation() -> Observation {
      let members = (voters + learners).map { name in
        MemberView.ReportedMember(
          id: MemberID("id-\(name)"), name: name, isLearner: learners.contains(name), node: NodeName(name),
          record: ["name": .string(name)])
      }
      return agree(
        (voters + learners).map { name in
          if down.contains(name) {
            return NodeReport(node: NodeName(name), answer: .unreachable(why: "no route", help: nil))
          }
          return NodeReport(
            node: NodeName(name),
            answer: .view(
              MemberView(
                reporter: NodeName(name), cluster: "c", selfID: MemberID("id-\(name)"),
                leader: unknownLeader ? nil : MemberID("id-n1"), term: 2, index: 10, isHealthy: true,
                members: members)))
        })
    }
  }

  private func diagnose(_ scenario: Scenario) async throws -> Diagnosis.Report {
    let place = SourceLocation(file: "i.yaml", line: 1, column: 1)
    let cluster = Cluster(
      name: ClusterName("demo"), system: Located(SystemName("etcd"), at: place),
      nodes: (1...5).map { number in
        Node(
          name: NodeName("n\(number)"), address: "10.0.0.\(number)",
          state: scenario.voters.contains("n\(number)") ? .member : .spare, ssh: SSHSettings(),
          variables: [:],
          location: place)
      }, location: place)
    let library = RunbookLibrary(directories: [Path.normalized("../../../runbooks", from: #filePath)])
    let loaded = library.loadRunbook("etcd/diagnose", clusters: [cluster])
    let book = try #require(loaded.value, "\(loaded.diagnostics)")
    var inputs: [String: InputValue] = [:]
    for input in book.runbook.inputs {
      inputs[input.name] = input.defaultText.flatMap { input.type.plainValue($0) }.map { .value($0) }
    }
    let planner = Planner(
      runbook: book.runbook, cluster: cluster, system: book.system, inputs: inputs,
      origin: Plan.Origin(runbook: "etcd/diagnose", inventories: []), sources: [:])
    let transport = FakeTransport { scenario.answer($0) }
    return try await Diagnosis(planner: planner, transport: transport, observer: nil)
      .report(on: scenario.observation())
  }

  @Test func aHealthyClusterHasNone() async throws {
    let report = try await diagnose(Scenario())
    #expect(report.findings == [])
    #expect(report.steps.allSatisfy { $0.problem == nil }, "\(report.steps.compactMap(\.problem))")
    #expect(report.steps.map(\.step.id.rawValue) == ["status", "alarms", "disk", "clock"])
  }

  @Test func aMemberThatIsDownIsFoundWithItsEvidenceAndWhatMendsIt() async throws {
    let report = try await diagnose(Scenario(down: ["n2"]))
    #expect(report.findings.map(\.name) == ["member_down"])
    let found = try #require(report.findings.first)
    #expect(found.severity == .critical && found.means == "n2 is a voter and does not serve")
    #expect(
      found.mend == "belay replace-node 'n2' --with 'n4'" || found.mend == "belay replace-node n2 --with n4")
    #expect(found.evidence == ["n2 is unknown", "n2: no route to host"])
    // Its silence is evidence, and keeps nobody else from being asked.
    let disk = try #require(report.steps.first { $0.step.id == StepID("disk") })
    #expect(disk.answers.map { $0.problem == nil } == [true, false, true])
  }

  @Test func withoutAQuorumTheInventoryIsAsked() async throws {
    let report = try await diagnose(Scenario(down: ["n2", "n3"]))
    #expect(report.findings.map(\.name) == ["no_quorum"])
    #expect(
      report.findings.first?.evidence.first?.contains("only 1 of 3 voters") == true, "\(report.findings)")
    #expect(report.steps.first { $0.step.id == StepID("disk") }?.answers.count == 3)
  }

  @Test(arguments: [
    (Scenario(learners: ["n4"]), ["learner_left"]),
    (Scenario(voters: ["n1", "n2", "n3", "n4"]), ["even_voters"]),
    (Scenario(unknownLeader: true), ["no_leader"]),
    (Scenario(alarms: "memberID:8 alarm:NOSPACE \nmemberID:9 alarm:CORRUPT \n"), ["alarm", "alarm"]),
    (Scenario(used: ["n1": 84, "n3": 85]), ["disk_full"]),
    (Scenario(sizes: ["n2": 1_717_986_919]), ["near_quota"]), (Scenario(sizes: ["n2": 1_717_986_917]), []),
    (Scenario(versions: ["n3": "3.5.9"]), ["mixed_versions"]),
    (Scenario(clocks: ["n3": "1700000003.5"]), ["clock_skew"]),
    (Scenario(clocks: ["n3": "1700000003.2"]), []),
  ])
  private func eachIsFoundAlone(scenario: Scenario, names: [String]) async throws {
    let report = try await diagnose(scenario)
    #expect(report.findings.map(\.name) == names, "\(report.findings)")
    #expect(report.findings.allSatisfy { !$0.evidence.isEmpty && !$0.means.contains("unknown") })
  }

  @Test func whatCannotBeJudgedIsSaid() async throws {
    let report = try await diagnose(Scenario(clocks: ["n1": "half past nine"]))
    #expect(report.steps.first { $0.step.id == StepID("clock") }?.problem != nil)
    #expect(report.findings == [])
  }
}
