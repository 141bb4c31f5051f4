import Expressions
import Model

extension LintRule {
  static let memberAddKind = LintRule(
    "member-add-kind", "A member added without saying whether it votes.",
    explanation: """
      Which of the two a client adds by default differs between systems and versions. A voter that is not up yet \
      raises the quorum at once. Pass `--learner` (and promote once it has caught up) or `--voter`.
      """,
    help: "pass --learner, and promote it once it has caught up; or --voter",
    fires: .steps(
      """
      join:
        act: Announce the new member
        at: leader
        effect: { add-learner: "${node}" }
        run: chainfire-client member-add --node-id ${node.id} --peer-url ${node.peer_url}
        rollback: { effect: { remove: "${node}" }, run: "chainfire-client member-remove --node-id ${node.id}" }
      """),
    passes: .steps(
      """
      join:
        act: Announce the new member
        at: leader
        effect: { add-learner: "${node}" }
        run: chainfire-client member-add --node-id ${node.id} --peer-url ${node.peer_url} --learner
        rollback: { effect: { remove: "${node}" }, run: "chainfire-client member-remove --node-id ${node.id}" }
      """),
    check: .command(findMemberAddWithoutKind))

  static let evenVoters = LintRule(
    "even-voters", "One voter more or less, and nothing looks at how many there are.",
    explanation: """
      Three voters and four both survive one failure, but four need three to agree: an even number costs without \
      helping. The plan shows the real numbers and warns. A runbook that adds or removes one voter should say what it \
      ends with: verify `$cluster.voters | length`, add two, or replace one by one.
      """,
    help:
      "verify the number at the end: expect: '($cluster.voters | length) == ($before.voters | length) + 1'",
    fires: .steps(
      """
      join:
        act: Announce the new member as a voter
        at: leader
        effect: { add-voter: "${node}" }
        run: chainfire-client member-add --node-id ${node.id} --peer-url ${node.peer_url} --voter
        rollback: { effect: { remove: "${node}" }, run: "chainfire-client member-remove --node-id ${node.id}" }
      """),
    passes: .steps(
      """
      join:
        act: Announce the new member as a voter
        at: leader
        effect: { add-voter: "${node}" }
        run: chainfire-client member-add --node-id ${node.id} --peer-url ${node.peer_url} --voter
        rollback: { effect: { remove: "${node}" }, run: "chainfire-client member-remove --node-id ${node.id}" }
      voters:
        verify: There is one voter more
        expect: ($cluster.voters | length) == ($before.voters | length) + 1
        within: 1m
      """),
    check: .runbook(findEvenVoters))

  static let notAtLeader = LintRule(
    "change-not-at-leader", "A membership change sent to a member that may not lead.",
    explanation: """
      Only the leader changes the membership. A follower refuses, or, worse, answers with exit status 0 and a \
      redirection in its text. Run the act `at: leader`, or name `${leader.…}` in the command: belay looks the leader up \
      again right before the act.
      """,
    help: "run it `at: leader`, or send it to ${leader.client_url}",
    fires: .steps(
      """
      leave:
        act: Let the member leave
        at: ${node}
        effect: { remove: "${node}" }
        run: grpcurl -d '{"node_id":"4"}' ${node.grpc_address} ledger.v1.AdminService/LeaveCluster
        rollback: none
        because: it joins again as a new member
      """),
    passes: .steps(
      """
      leave:
        act: Let the member leave
        at: ${node}
        effect: { remove: "${node}" }
        run: grpcurl -d '{"node_id":"4"}' ${leader.grpc_address} ledger.v1.AdminService/LeaveCluster
        rollback: none
        because: it joins again as a new member
      """),
    check: .command(findChangeNotAtLeader))

  static let promoteUnchecked = LintRule(
    "promote-unchecked", "A learner promoted before anything showed that it had caught up.",
    explanation: """
      A learner that lags and becomes a voter counts for the quorum but cannot answer: writes stop until it has caught \
      up. Put a verify step with `within:` between adding it and promoting it.
      """,
    help: "put a verify step above it that waits until the learner's index has reached the leader's",
    fires: .steps(
      """
      promote:
        act: Promote it to a voter
        at: leader
        effect: { promote: "${node}" }
        run: etcdctl member promote ${node.member.id}
        rollback: none
        because: it is a voter for good
      count:
        verify: There is one voter more
        expect: ($cluster.voters | length) == ($before.voters | length) + 1
      """),
    passes: .steps(
      """
      caught_up:
        verify: It has caught up
        at: leader
        expect: $node.member.index >= $leader.member.index * 0.95
        within: 2m
      promote:
        act: Promote it to a voter
        at: leader
        effect: { promote: "${node}" }
        run: etcdctl member promote ${node.member.id}
        rollback: none
        because: it is a voter for good
      count:
        verify: There is one voter more
        expect: ($cluster.voters | length) == ($before.voters | length) + 1
      """),
    check: .runbook(findUncheckedPromotion))

  static let startBeforeAdd = LintRule(
    "start-before-add", "A wiped member started before the cluster has taken it in again.",
    explanation: """
      A node without data that nobody expects may start a cluster of its own, or join under its old name with a log \
      that has forgotten its votes. Add it as a learner first, then start it.
      """,
    help: "add it to the cluster first, then start it",
    fires: .steps(
      """
      leave:
        act: Take it out
        at: leader
        effect: { remove: "${node}" }
        run: etcdctl member remove ${node.member.id}
        rollback: none
        because: it joins again below
      start:
        act: Start it
        at: ${node}
        effect: { start: "${node}" }
        run: systemctl start etcd
        rollback: { effect: { stop: "${node}" }, run: systemctl stop etcd }
      join:
        act: Announce it as a learner
        at: leader
        effect: { add-learner: "${node}" }
        run: etcdctl member add ${node.name} --learner --peer-urls=${node.peer_url}
        rollback: { effect: { remove: "${node}" }, run: "etcdctl member remove ${node.member.id}" }
      """),
    passes: .steps(
      """
      join:
        act: Announce it as a learner
        at: leader
        effect: { add-learner: "${node}" }
        run: etcdctl member add ${node.name} --learner --peer-urls=${node.peer_url}
        rollback: { effect: { remove: "${node}" }, run: "etcdctl member remove ${node.member.id}" }
      start:
        act: Start it
        at: ${node}
        effect: { start: "${node}" }
        run: systemctl start etcd
        rollback: { effect: { stop: "${node}" }, run: systemctl stop etcd }
      """),
    check: .runbook(findStartBeforeAdd))
}

private func findMemberAddWithoutKind(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard let change = MembershipCommand(command), change.kind == .add, command.program != "grpcurl",
    command.option("--voter", "--learner", "--is-learner") == nil
  else { return [] }
  // etcd has no word for a voter: there the effect says it.
  if command.program == "etcdctl", script.effect?.kind == .addVoter { return [] }
  return [script.finding("this does not say whether the new member votes", at: change.word)]
}

private func findEvenVoters(_ runbook: LintRunbook) -> [LintFinding] {
  // How often a loop runs, and what another runbook does, is not known here.
  guard !runbook.runbook.steps.contains(where: \.isComposite) else { return [] }
  let queries = runbook.steps.flatMap { step in
    [step.when, step.expect, step.landed].compactMap { $0?.text } + step.out.map(\.query.text)
  }
  guard !queries.contains(where: { $0.contains("voters") && $0.contains("length") }) else { return [] }
  var balance = 0
  var last: LintFinding?
  for script in runbook.scripts where script.part == .act {
    guard script.step?.each == nil else { return [] }
    for (kind, word) in changes(of: script) {
      switch kind {
      case .addVoter, .promote: balance += 1
      case .remove: balance -= 1
      default: continue
      }
      last = script.finding(
        "after this there may be an even number of voters, and nothing looks at it", at: word)
    }
  }
  return balance > 0 && !balance.isMultiple(of: 2) ? last.map { [$0] } ?? [] : []
}

/// What a script does to the voters: what it declares, else what its commands say.
private func changes(of script: LintScript) -> [(kind: Effect.Kind, word: ShellCommand.Word?)] {
  let commands = script.commands.compactMap { command in MembershipCommand(command).map { ($0, command) } }
  if let effect = script.effect { return [(effect.kind, commands.first?.0.word)] }
  return commands.map { change, command in
    switch change.kind {
    case .add: (command.option("--learner", "--is-learner") == nil ? .addVoter : .addLearner, change.word)
    case .promote: (.promote, change.word)
    case .remove: (.remove, change.word)
    }
  }
}

private func findChangeNotAtLeader(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard script.changes, script.at != .leader, let change = MembershipCommand(command), change.isForTheLeader,
    !change.isForwarded,
    !command.words.contains(where: { $0.references.contains { $0.path.first == "leader" } })
  else { return [] }
  return [script.finding("this goes to a member that may not lead", at: change.word)]
}

private func findUncheckedPromotion(_ runbook: LintRunbook) -> [LintFinding] {
  // What another runbook looks at is not known here.
  var isChecked = runbook.runbook.steps.contains { if case .call = $0.body { true } else { false } }
  let acts = Dictionary(grouping: runbook.scripts.filter { $0.part == .act }, by: { $0.step?.id })
  var findings: [LintFinding] = []
  for step in runbook.steps {
    switch step.role {
    case .verify: isChecked = true
    case .diagnose where step.expect != nil: isChecked = true
    default: break
    }
    for script in acts[step.id] ?? [] {
      for (kind, word) in changes(of: script) {
        // What was looked at before a learner was added says nothing about it.
        if kind == .addLearner { isChecked = false }
        if kind == .promote, !isChecked {
          findings.append(script.finding("nothing has shown that the learner has caught up", at: word))
        }
      }
    }
  }
  return findings
}

private func findStartBeforeAdd(_ runbook: LintRunbook) -> [LintFinding] {
  var isOut = false
  var started: LintFinding?
  var findings: [LintFinding] = []
  for (script, command) in runbook.acts {
    switch MembershipCommand(command)?.kind {
    case .remove?: isOut = true
    case .add?:
      if let started { findings.append(started) }
      isOut = false
      started = nil
    default:
      let verb = command.program == "systemctl" ? command.operands.first : nil
      if isOut, let verb, ["start", "restart"].contains(verb.text), started == nil {
        started = script.finding("this starts a member that the cluster has not taken in again", at: verb)
      }
    }
  }
  return findings
}
