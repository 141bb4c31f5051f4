import Expressions
import Model

extension LintRule {
  static let stopWithoutEffect = LintRule(
    "stop-without-effect", "A stop or restart of a member that no guard knows of.",
    explanation: """
      Stopping a member takes one voter away, and a restart does so for a while. Without `effect: { stop: … }`, or `{ restart: … }`, belay \
      does not ask whether the others still have a quorum, and the plan's membership does not show it. Declare the \
      effect, on an undo too. After a step that removed the node, there is nothing left to guard.
      """,
    help: "add `effect: { stop: \"${node}\" }` with the node that stops, so that its quorum is judged first",
    fires: .steps(
      """
      restart:
        act: Restart etcd
        at: ${node}
        run: systemctl restart etcd
        rollback: none
        because: a restart leaves nothing behind
      """),
    passes: .steps(
      """
      restart:
        act: Restart etcd
        at: ${node}
        effect: { restart: "${node}" }
        run: systemctl restart etcd
        rollback: none
        because: a restart leaves nothing behind
      """),
    check: .runbook(findStopWithoutEffect))

  static let removeWithoutEffect = LintRule(
    "remove-without-effect", "A removal of a member that no guard knows of.",
    explanation: """
      Some servers remove any member they are told to, down to the last. Without `effect: { remove: … }` belay does not \
      ask whether a quorum remains, nor keeps two changes apart. Declare the effect, on an undo too.
      """,
    help: "add `effect: { remove: \"${node}\" }` with the node that leaves",
    fires: .steps(
      """
      remove:
        act: Remove the member
        at: leader
        run: etcdctl member remove ${node.member.id}
        rollback: none
        because: a removed member never comes back as itself
      """),
    passes: .steps(
      """
      remove:
        act: Remove the member
        at: leader
        effect: { remove: "${node}" }
        run: etcdctl member remove ${node.member.id}
        rollback: none
        because: a removed member never comes back as itself
      """),
    check: .command(findRemoveWithoutEffect))

  static let addWithoutEffect = LintRule(
    "add-without-effect", "A new member or voter that no guard knows of.",
    explanation: """
      A voter that was just added and is not up yet counts against the quorum. Without `effect: { add-learner: … }`, \
      `{ add-voter: … }` or `{ promote: … }` belay judges nothing and the plan's membership is wrong. Declare it.
      """,
    help: "add `effect: { add-learner: \"${node}\" }`, or add-voter or promote",
    fires: .steps(
      """
      join:
        act: Announce the new member
        at: leader
        run: etcdctl member add ${node.name} --learner --peer-urls=${node.peer_url}
        rollback: { effect: { remove: "${node}" }, run: "etcdctl member remove ${node.member.id}" }
      """),
    passes: .steps(
      """
      join:
        act: Announce the new member
        at: leader
        effect: { add-learner: "${node}" }
        run: etcdctl member add ${node.name} --learner --peer-urls=${node.peer_url}
        rollback: { effect: { remove: "${node}" }, run: "etcdctl member remove ${node.member.id}" }
      """),
    check: .command(findAddWithoutEffect))

  static let scaleWithoutEffect = LintRule(
    "scale-without-effect", "Replicas changed behind the cluster's back.",
    explanation: """
      `kubectl scale` and `helm upgrade --set replicaCount=…` start and stop pods; nobody tells the cluster, which goes \
      on counting the stopped ones as voters, two at once if two pods go. Let each member leave first, in an act with \
      `effect: { remove: … }`, and declare what the scaling itself does (`start` or `stop`).
      """,
    help:
      "let the member leave first (effect: remove), then declare what the scaling does (effect: start or stop)",
    fires: .steps(
      """
      shrink:
        act: Run three pods
        at: controller
        run: kubectl scale statefulset ledger --replicas=3
        rollback: { run: kubectl scale statefulset ledger --replicas=5 }
      """),
    passes: .steps(
      """
      grow:
        act: Run one pod more
        at: controller
        effect: { start: "${node}" }
        run: kubectl scale statefulset ledger --replicas=4
        rollback: { effect: { stop: "${node}" }, run: kubectl scale statefulset ledger --replicas=3 }
      """),
    check: .command(findScaleWithoutEffect))
}

extension LintCommand {
  /// The units that `systemctl` stops, restarts or kills, or `service` its one.
  var stoppedUnits: [ShellCommand.Word] {
    let verbs: Set = [
      "stop", "restart", "try-restart", "kill", "reload-or-restart", "force-stop",
    ]
    let operands = operands
    switch program {
    case "systemctl":
      guard let verb = operands.first else { return [] }
      let stopsNow = ["disable", "mask"].contains(verb.text) && option("--now") != nil
      return verbs.contains(verb.text) || stopsNow ? Array(operands.dropFirst()) : []
    case "service": return operands.count == 2 && verbs.contains(operands[1].text) ? [operands[0]] : []
    case "docker", "podman":
      guard let verb = operands.first?.text, ["stop", "restart", "kill"].contains(verb) else { return [] }
      return Array(operands.dropFirst())
    default: return []
    }
  }
}

extension LintScript {
  /// Whether a unit is the cluster's own: called like the system, or what its node values name.
  func isOwnUnit(_ word: ShellCommand.Word) -> Bool {
    guard let system = system?.rawValue else { return false }
    let named = nodeDefaults.compactMap { entry -> String? in
      guard isUnitName(entry.name), case .text(let text) = entry.value else { return nil }
      return text.text
    }
    if word.references.contains(where: { isUnitName($0.path.last ?? "") }) { return true }
    let unit = word.text.hasSuffix(".service") ? String(word.text.dropLast(8)) : word.text
    return ([system] + named).contains { unit == $0 || unit.hasPrefix("\($0)-") || unit.hasPrefix("\($0)@") }
  }

  private func isUnitName(_ name: String) -> Bool { name.hasSuffix("unit") || name.hasSuffix("service") }
}

private func findStopWithoutEffect(_ runbook: LintRunbook) -> [LintFinding] {
  // Nodes that an act above has stopped or removed already.
  var gone: Set<Selector> = []
  return runbook.scripts.flatMap { script -> [LintFinding] in
    guard script.changes else { return [] }
    let isDeclared =
      script.effect.map { [.stop, .start, .restart, .wipe, .remove].contains($0.kind) } ?? false
    let isGone = script.at.map(gone.contains) ?? false
    if script.part == .act, let effect = script.effect, [.stop, .remove].contains(effect.kind) {
      gone.insert(effect.target.value)
    }
    guard !isDeclared, !isGone else { return [] }
    return script.commands.flatMap { command -> [LintFinding] in
      if let finding = reboot(command, script) { return [finding] }
      return command.stoppedUnits.filter(script.isOwnUnit).map {
        script.finding("this stops a member, and no guard knows of it", at: $0)
      }
    }
  }
}

private func reboot(_ command: LintCommand, _ script: LintScript) -> LintFinding? {
  let verbs: Set = ["reboot", "poweroff", "halt", "shutdown"]
  let isReboot =
    verbs.contains(command.program)
    || (command.program == "systemctl" && command.operands.first.map { verbs.contains($0.text) } ?? false)
  guard isReboot, script.system != nil else { return nil }
  return script.finding(
    "this stops a member with its machine, and no guard knows of it", at: command.words.first)
}

private func findRemoveWithoutEffect(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard script.changes, let change = MembershipCommand(command), change.kind == .remove,
    script.effect?.kind != .remove
  else { return [] }
  return [script.finding("this removes a member, and no guard knows of it", at: change.word)]
}

private func findAddWithoutEffect(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard script.changes, let change = MembershipCommand(command), change.kind != .remove else { return [] }
  let expected: [Effect.Kind] = change.kind == .add ? [.addLearner, .addVoter] : [.promote, .addVoter]
  guard script.effect.map({ !expected.contains($0.kind) }) ?? true else { return [] }
  let what = change.kind == .add ? "adds a member" : "makes a voter"
  return [
    script.finding(
      "this \(what), and no guard knows of it", at: change.word,
      help:
        "add `effect: { \(expected.map(\.rawValue).joined(separator: ": \"${node}\" }`, or `effect: { ")): \"${node}\" }`"
    )
  ]
}

private func findScaleWithoutEffect(_ command: LintCommand, _ script: LintScript) -> [LintFinding] {
  guard script.changes, script.effect == nil else { return [] }
  var word: ShellCommand.Word?
  switch command.program {
  case "kubectl": word = command.arguments.first { $0.text == "scale" }
  case "docker": word = command.hasPair("service", "scale")
  case "helm":
    word = command.arguments.first { $0.text.hasPrefix("replicaCount=") || $0.text.contains("replicas=") }
  default: break
  }
  return word.map { [script.finding("this changes how many members run, and no guard knows of it", at: $0)] }
    ?? []
}
