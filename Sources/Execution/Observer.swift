internal import Expressions
package import Model
package import Planning
package import Transport

/// Asks nodes how they see their cluster. Every look goes over the wire again: nothing is remembered.
package struct Observer: Sendable {
  private let rules: ObserveRules
  private let hasVotes: Bool
  private let cluster: Cluster
  private let nodes: [NodeName: Value.Object]
  private let transport: any CommandTransport
  private let questions: [(rule: ObserveRules.Question, template: ShellTemplate)]
  private let view: Query
  private let identify: Query
  private let clock: any RunClock

  package init(
    system: ClusterSystem, cluster: Cluster, nodes: [NodeName: Value.Object], transport: any CommandTransport,
    clock: any RunClock = SystemClock()
  ) throws {
    self.clock = clock
    rules = system.observe
    hasVotes = system.hasVotes
    self.cluster = cluster
    self.nodes = nodes
    self.transport = transport
    questions = rules.questions.map { ($0, ShellTemplate.parse($0.run.text).template) }
    view = try Query.compile(rules.view.text)
    identify = try Query.compile(rules.identify.text)
  }

  /// Asks whom the inventory calls members, then those that they name besides: a node that has just joined is
  /// still a spare in the inventory. When none of them is one any more, whoever is left is asked.
  package func observe() async -> Observation {
    let expected = cluster.nodes.filter { $0.state == .member }.map(\.name)
    var reports = await ask(expected)
    let lists = reports.compactMap { $0.view?.members }
    let others = lists.isEmpty ? Set(cluster.nodes.map(\.name)) : Set(lists.joined().compactMap(\.node))
    reports += await ask(others.subtracting(expected).sorted())
    return agree(reports.sorted { $0.node < $1.node }, hasVotes: hasVotes)
  }

  /// Looks again while the members do not agree or have no leader, as during an election: a membership change
  /// reaches them one after the other.
  package func observeSettled(patience: Duration = .seconds(8)) async -> Observation {
    // A look at a node that is off takes longer than an election: the patience begins after the first one.
    var deadline: ContinuousClock.Instant?
    while true {
      let observation = await observe()
      let isSettled = observation.membership.map { $0.leader != nil || !hasVotes } ?? false
      let isOver = deadline.map { clock.now >= $0 } ?? false
      if isSettled || isOver || Task.isCancelled { return observation }
      deadline = deadline ?? clock.now + patience
      await clock.sleep(for: .milliseconds(400))
    }
  }

  private func ask(_ nodes: [NodeName]) async -> [NodeReport] {
    await withTaskGroup(of: NodeReport.self) { group in
      for node in nodes { group.addTask { NodeReport(node: node, answer: await ask(node)) } }
      let reports = await group.reduce(into: [NodeReport]()) { $0.append($1) }
      return reports.sorted { $0.node < $1.node }
    }
  }

  private func ask(_ node: NodeName) async -> NodeReport.Answer {
    var answers = Value.Object()
    var complaints: [String] = []
    do {
      try await withThrowingTaskGroup(of: (String, Value?, String?).self) { group in
        for (rule, template) in questions {
          group.addTask { try await answer(to: rule, template, from: node) }
        }
        for try await (name, value, complaint) in group {
          answers[name] = value ?? .null
          if let complaint { complaints.append("\(name): \(complaint)") }
        }
      }
    } catch let failure as TransportFailure {
      return .unreachable(why: failure.message, help: failure.help)
    } catch {
      return .unreachable(why: "\(error)", help: nil)
    }
    do {
      let value = try view.firstValue(.object(answers), ["node": .object(nodes[node] ?? [:])])
      if let view = memberView(value, reporter: node) { return .view(view) }
    } catch {
      complaints.append("view: \(error.message)")
    }
    return .silent(
      complaints.isEmpty
        ? "its answers make no view of the cluster" : complaints.sorted().joined(separator: "; "))
  }

  private func answer(
    to question: ObserveRules.Question, _ template: ShellTemplate, from node: NodeName
  ) async throws -> (String, Value?, String?) {
    var scope = Scope(nodes: nodes, inputs: [:], before: nil, now: nil)
    scope.here = node
    let command = try template.render { scope.text(at: $0.path) ?? "" }
    let result = try await transport.run(
      CommandRequest(node: node, command: command, timeout: rules.timeout))
    guard result.exit.isSuccess else {
      return (question.name, nil, result.failureText)
    }
    do {
      return (question.name, try question.parse.parse(result.stdout.bytes), nil)
    } catch {
      return (question.name, nil, error.message)
    }
  }

  private func memberView(_ value: Value, reporter: NodeName) -> MemberView? {
    // Where nobody is elected there are no terms.
    guard let cluster = value["cluster"]?.asText, let selfID = value["self"]?.stringValue,
      let term = value["term"]?.intValue ?? (hasVotes ? nil : 0), let listed = value["members"]
    else { return nil }
    let members = listed.arrayValue
    let reported = members?.compactMap { member -> MemberView.ReportedMember? in
      guard let id = member["id"]?.stringValue, let record = member.objectValue else { return nil }
      return MemberView.ReportedMember(
        id: MemberID(id), name: member["name"]?.stringValue ?? "",
        isLearner: member["learner"]?.boolValue ?? false, node: node(of: member), record: record)
    }
    // A list that cannot be read whole is no list; none at all is a learner's answer.
    guard listed == .null || members != nil, reported?.count == members?.count else { return nil }
    return MemberView(
      reporter: reporter, cluster: cluster, selfID: MemberID(selfID),
      leader: hasVotes ? value["leader"]?.stringValue.map { MemberID($0) } : nil, term: term,
      index: value["index"]?.intValue,
      isHealthy: value["healthy"]?.boolValue ?? false, members: reported, own: value["own"]?.objectValue)
  }

  private func node(of member: Value) -> NodeName? {
    cluster.nodes.first { node in
      let bindings: [String: Value] = ["member": member, "node": .object(nodes[node.name] ?? [:])]
      return (try? identify.isTrue(.null, bindings)) == true
    }?.name
  }
}

extension CommandResult {
  /// Why a command did not succeed, in one line for a person.
  package var failureText: String {
    let said =
      stderr.text.split(whereSeparator: \.isNewline).last
      ?? stdout.text.split(whereSeparator: \.isNewline).last
    let how =
      switch exit {
      case .status(let status): "exit status \(status)"
      case .signal(let signal): "killed by \(signal)"
      case .unknown(let reason): reason
      }
    guard let said, !said.isEmpty else { return how }
    return "\(how): \(said.prefix(300))"
  }
}
