import Execution
import Model
import Planning
import Platform
import Report

/// What a lock is, in words.
extension LockView.Holding {
  /// `by ops on laptop, process 4711, since 2026-…`
  var who: String {
    guard !note.by.isEmpty else { return "by whom is not known: no member that answered was told" }
    let process = note.processID.map { ", process \($0)" } ?? ""
    return "by \(note.by) on \(note.host)\(process), since \(note.since)"
  }

  /// How long ago its belay was last heard of; nil where no member was told.
  var silenceSeconds: Int? {
    let silence = ClusterLock.leaseSeconds - leaseSeconds
    return note.by.isEmpty ? nil : max(0, silence)
  }

  /// Whether its process was one of this machine, and is no more.
  var isGone: Bool {
    note.host == Host.name && note.processID.map { fileKind("/proc/\($0)") == nil } ?? false
  }

  var life: String {
    let place = "token \(token) on \(nodes.map(\.rawValue).joined(separator: ", "))"
    guard let silenceSeconds else { return place }
    let heard = "last heard of \(silenceSeconds) s ago"
    if isGone { return "\(place); \(heard), and its process is gone" }
    return isFresh
      ? "\(place); \(heard), its lease lasts \(leaseSeconds) s more"
      : "\(place); \(heard), its lease is over: its belay may be dead"
  }
}

extension LockNote {
  /// Nil for what somebody let go who had it.
  var unlocking: String? {
    because.map { "\(by) on \(host) unlocked the cluster, \(since), which run \(run) held: \($0)" }
  }
}

extension LockView {
  func text(_ cluster: ClusterName) -> String {
    var lines: [String]
    if answered < majority {
      lines = ["\(cluster): not known, \(answered) of \(members.count) members answered"]
    } else if let holding {
      lines = ["\(cluster): held by run \(holding.run)", "  \(holding.who)", "  \(holding.life)"]
    } else {
      lines = ["\(cluster): free" + (token == 0 ? ", and was never held" : "; its last token was \(token)")]
      if let lastNote, token > 0 {
        lines.append(
          "  "
            + (lastNote.unlocking ?? "last held by run \(lastNote.run), \(lastNote.by) on \(lastNote.host)"))
      }
    }
    lines += silence.map { "  not asked: \($0)" }
    return lines.map(visible).joined(separator: "\n")
  }

  /// One object on one line.
  func json(_ cluster: ClusterName) -> String {
    func number(_ value: Int?) -> Value { value.map { .number(Double($0)) } ?? .null }
    func text(_ value: String?) -> Value { value.map { .string($0) } ?? .null }
    let isKnown = answered >= majority
    let holding = isKnown ? holding : nil
    var nodes = Value.Object()
    for (node, record) in records.sorted(by: { $0.key < $1.key }) {
      nodes[node.rawValue] = [
        "token": number(record.token), "run": text(record.run?.rawValue),
        "lease_seconds": record.run == nil ? .null : number(record.leaseSeconds),
      ]
    }
    let value: Value = [
      "format": 1, "cluster": .string(cluster.rawValue),
      "state": isKnown ? (holding == nil ? "free" : "held") : "unknown", "token": number(token),
      "run": text(holding?.run.rawValue), "by": text(holding?.note.by), "host": text(holding?.note.host),
      "pid": number(holding?.note.processID), "since": text(holding?.note.since),
      "lease_seconds": number(holding?.leaseSeconds), "nodes": .object(nodes),
      "silent": .array(silence.map { .string($0) }),
    ]
    return value.json()
  }
}

extension Stop {
  /// Why the cluster cannot be had, and what to do about it.
  init(_ refusal: LockRefusal, cluster: ClusterName) {
    switch refusal {
    case .tooFew(let view):
      self.init(
        view.answered == 0 ? .unreachable : .refused,
        view.answered == 0
          ? "no node could be reached; nothing was touched"
          : "\(view.answered) of \(view.members.count) members of \(cluster) answered, and its lock needs \(view.majority); nothing was changed",
        details: view.silence,
        help: view.helps.min { $0.key < $1.key }?.value
          ?? "bring more of them back, or take those that are gone for good out of the inventory")
    case .held(let holding):
      self.init(
        .busy, "cluster \(cluster) is held by run \(holding.run)", details: [holding.who, holding.life],
        help: holding.isFresh && !holding.isGone
          ? "wait for it to end: `belay locks` shows when" : Self.takeover(of: holding, cluster))
    case .alive(let holding):
      self.init(
        .busy, "run \(holding.run) may still be going on", details: [holding.who, holding.life],
        help: "stop it there, or wait until its lease is over")
    case .outrun(let holding):
      self.init(
        .busy,
        "another run was quicker to take \(cluster)" + (holding.map { ": run \($0.run)" } ?? ""),
        details: holding.map { [$0.who, $0.life] } ?? [], help: "`belay locks` shows who has it")
    case .exhausted:
      self.init(
        .busy, "a member of \(cluster) knows a token beyond all that can be",
        help: "look at the file `record` in its directory `locks/\(cluster)`, beside belay's receipts")
    }
  }

  private static func takeover(of holding: LockView.Holding, _ cluster: ClusterName) -> String {
    "take it up on \(holding.note.host.isEmpty ? "its machine" : holding.note.host): belay resume \(holding.run)"
      + "; if nobody can: belay unlock \(cluster) --because \"why\""
  }
}
