import Lab
import Model
import TestSupport
import Testing

/// Performs one line of a table: its way back, then each fault, on the lab of the suite.
struct ProcedureRehearsal {
  let procedure: Procedure
  let stage: ProcedureStage
  private let lab: LabDescription
  private var belay: BelayProgram
  private var names: [String: String] = [:]
  private var before = ""

  @discardableResult
  init(_ procedure: Procedure, on stage: ProcedureStage) async throws {
    self.procedure = procedure
    self.stage = stage
    lab = try StandInLab.lab
    belay = try await stage.begin(lab)
    try await prepare()
    if case .rehearsed(let step) = procedure.wayBack {
      try await perform(
        ProcedureFault(
          what: "a failure rehearsed after \(step)", more: ["--rehearse-failure", "\(step):after"], exit: 5,
          says: ["a failure was rehearsed after"]))
    }
    for (number, fault) in procedure.faults.enumerated() {
      try await perform(fault)
      if !fault.unchanged, number + 1 < procedure.faults.count {
        belay = try await stage.begin(lab)
        try await prepare()
      }
    }
  }

  private mutating func prepare() async throws {
    names = try await stage.names(lab, belay)
    for trouble in procedure.prepare { try await `do`(trouble.deed, on: trouble.node) }
    before = try await stage.state(lab)
  }

  private func perform(_ fault: ProcedureFault) async throws {
    let earlier = try lab.calls().count
    var words = (fault.command ?? procedure.command).map(named)
    words += ["--yes"] + fault.more.map(named)
    let result =
      if fault.once != nil || fault.killed {
        try await runInterrupted(words, by: fault)
      } else {
        try await runTroubled(words, by: fault)
      }
    let what = "\(procedure.runbook), \(fault.what): belay \(words.joined(separator: " "))"
    if result.exit != fault.exit {
      Issue.record("\(what): exit \(result.exit), not \(fault.exit)\n\(result.end)")
    }
    for text in fault.says.map(named) where !result.plain.contains(text) {
      Issue.record("\(what): does not say \"\(text)\"\n\(result.end)")
    }
    let calls = try lab.calls().dropFirst(earlier)
    for (text, count) in fault.calls {
      let found = calls.filter { $0.text.contains(named(text)) }
      if found.count != count { Issue.record("\(what): \"\(text)\" \(found)") }
    }
    for trouble in fault.trouble.reversed() {
      if let cure = trouble.cure { try await `do`(cure, on: trouble.node) }
    }
    if fault.unchanged { try await expectUnchanged(what) }
  }

  private func runTroubled(_ words: [String], by fault: ProcedureFault) async throws -> BelayProgram.Result {
    for trouble in fault.trouble { try await `do`(trouble.deed, on: trouble.node) }
    return try await belay.run(words)
  }

  /// The trouble comes once belay has begun a step, or belay is killed then and the run resumed.
  private func runInterrupted(_ words: [String], by fault: ProcedureFault) async throws -> BelayProgram.Result
  {
    let run = try RunningBelay(belay, words)
    try await run.waitToSay(named(fault.once ?? "act "))
    for trouble in fault.trouble { try await `do`(trouble.deed, on: trouble.node) }
    if fault.killed {
      run.signal(9)
      #expect(try await run.end() == 128 + 9, "\(run.output)")
      return try await belay.run("resume", "last")
    }
    return BelayProgram.Result(exit: try await run.end(), out: run.output, err: "")
  }

  /// What the system does by itself, such as an election or the spreading of data, may take a moment more.
  private func expectUnchanged(_ what: String) async throws {
    var now = try await stage.state(lab)
    for _ in 0..<60 where now != before {
      try await Task.sleep(for: .milliseconds(300))
      now = try await stage.state(lab)
    }
    let changed = Set(now.split(separator: "\n")).symmetricDifference(before.split(separator: "\n"))
    if now != before {
      Issue.record("\(what): left other than it was:\n\(changed.sorted().joined(separator: "\n"))")
    }
  }

  private func `do`(_ deed: Trouble.Deed, on node: String) async throws {
    switch deed {
    case .command(let command): _ = try await lab.output(named(node), named(command))
    case .belay(let words):
      let result = try await belay.run(words.map(named) + ["--yes"])
      #expect(result.exit == 0, "\(procedure.runbook), to begin with: \(result)")
    case .lab(let words): try await lab.fault(named(node), words: words.map(named))
    }
  }

  /// The text with what `{leader}` and the like stand for.
  private func named(_ text: String) -> String {
    names.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
  }
}

extension BelayProgram.Result {
  /// What it said last, where the plan is long.
  fileprivate var end: String {
    (out + err).split(separator: "\n").suffix(30).joined(separator: "\n")
  }

  /// Everything it printed, with wrapped lines whole again and single blanks.
  var plain: String {
    (out + " " + err).replacing(/\n *↳ ?/, with: "").split(whereSeparator: \.isWhitespace).joined(
      separator: " ")
  }
}

/// Every runbook of the system that changes something has lines in the table, with two faults and a way back.
func expectComplete(_ table: [Procedure], of system: String) async throws {
  let listed = try await BelayProgram().run("runbooks", system, "--json")
  #expect(listed.exit == 0, "\(listed)")
  for line in listed.out.split(separator: "\n") {
    let runbook = try JSONReader.parse(Array(line.utf8))
    let name = runbook["name"]?.stringValue ?? ""
    let acts = (runbook["acts"]?.arrayValue ?? []).compactMap(\.stringValue)
    let lines = table.filter { $0.runbook == name }
    #expect(lines.isEmpty == acts.isEmpty, "\(name): \(lines.count) lines of the table for \(acts)")
    guard !acts.isEmpty else { continue }
    let faults = lines.flatMap(\.faults)
    #expect(Set(faults.map(\.what)).count >= 2, "\(name) is shown under fewer than two faults")
    for case .shown(let fault) in lines.map(\.wayBack) {
      #expect(faults.contains { $0.what == fault && $0.exit == 5 && $0.unchanged }, "\(name): \(fault)")
    }
    for case .irreversible in lines.map(\.wayBack) {
      #expect(runbook["irreversible"]?.arrayValue?.isEmpty == false, "\(name) can be taken back")
    }
  }
  let names = Set(listed.out.matches(of: /"name":"([^"]+)"/).map { String($0.1) })
  #expect(Set(table.map(\.runbook)).subtracting(names).sorted() == [], "these are no runbooks of \(system)")
}
