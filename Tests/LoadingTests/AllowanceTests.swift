import Loading
import Model
import Testing

/// `# belay: allow RULE because …` silences one rule for one step, and only while it is needed.
@Suite struct AllowanceTests {
  private func found(_ steps: String) -> [String] {
    diagnostics(ofRunbook: lintedRunbook(steps: steps)).map { "\($0.location?.line ?? 0) \($0.code)" }
  }

  @Test(arguments: [
    // Directly above the step, also with other comments around it.
    """
    # A pause that the vendor asks for.
    # belay: allow fixed-sleep because the vendor's tool has no other sign
    # It is short.
    pause:
      diagnose: Wait
      at: ${node}
      run: sleep 5
    """,
    // Above the command, at the end of its line, at the end of the step's first line, behind the block's sign.
    """
    pause:
      diagnose: Wait
      at: ${node}
      # belay: allow fixed-sleep because the vendor's tool has no other sign
      run: sleep 5
    """,
    """
    pause:
      diagnose: Wait
      at: ${node}
      run: sleep 5   # belay: allow fixed-sleep because the vendor's tool has no other sign
    """,
    """
    pause:   # belay: allow fixed-sleep because the vendor's tool has no other sign
      diagnose: Wait
      at: ${node}
      run: |   # the vendor's own words
        sleep 5
    """,
    """
    pause:
      diagnose: Wait
      at: ${node}
      run: |   # belay: allow fixed-sleep because the vendor's tool has no other sign
        sleep 5
    """,
    // As a comment of the shell.
    """
    pause:
      diagnose: Wait
      at: ${node}
      run: |
        # belay: allow fixed-sleep because the vendor's tool has no other sign
        sleep 5
    """,
    // Two rules at once.
    """
    pause:
      diagnose: Wait
      at: ${node}
      # belay: allow fixed-sleep, sudo-password because it is a rehearsal
      run: sudo sleep 5
    """,
  ])
  func anAllowanceHoldsForItsStep(_ steps: String) {
    #expect(found(steps) == [])
  }

  private let sleeping = "pause:\n  diagnose: Wait\n  at: ${node}\n  run: sleep 5\n"

  @Test func itHoldsForNoOtherStep() {
    let comment = "# belay: allow fixed-sleep because it must\n"
    let second = sleeping.replacing("pause", with: "again")
    #expect(found(comment + sleeping + second) == ["14 fixed-sleep"])
    #expect(found(sleeping + comment + second) == ["9 fixed-sleep"])
  }

  @Test func anAllowanceWithoutAReasonAllowsNothing() {
    for words in ["fixed-sleep", "fixed-sleep because", "fixed-sleep because ", "", "because it must"] {
      let lines = found("# belay: allow \(words)\n" + sleeping)
      #expect(lines.sorted() == ["10 fixed-sleep", "6 bad-allow"], "\(words)")
    }
  }

  @Test func anUnknownRuleIsSaid() {
    let steps = "# belay: allow fixed-slep because it must\n" + sleeping
    let diagnostics = diagnostics(ofRunbook: lintedRunbook(steps: steps))
    #expect(diagnostics.map(\.code).sorted() == ["bad-allow", "fixed-sleep"])
    #expect(diagnostics.first?.help == "did you mean \"fixed-sleep\"?")
  }

  @Test func anAllowanceThatIsNotNeededIsSaid() {
    let steps = "# belay: allow kill-hard because it must\n" + sleeping
    #expect(found(steps) == ["6 unused-allow", "10 fixed-sleep"])
    let before = "# belay: allow fixed-sleep because it must\n" + lintedRunbook(steps: sleeping)
    #expect(diagnostics(ofRunbook: before).map(\.code) == ["unused-allow", "fixed-sleep"])
  }

  /// A `#` that is no comment allows nothing and is no mistake either.
  @Test(arguments: [
    "run: 'echo \"# belay: allow kill-hard because x\"'",
    "run: \"echo '# belay: allow kill-hard because x'\"",
    "run: |\n    cat <<EOF\n    # belay: allow kill-hard because x\n    EOF",
    "run: >-\n    echo\n    '# belay: allow kill-hard because x'",
    "run: echo x#belay\n  title: 1",
  ])
  func aHashInsideATextIsNoComment(_ run: String) {
    let codes = diagnostics(ofRunbook: lintedRunbook(steps: "a:\n  diagnose: t\n  at: ${node}\n  \(run)"))
      .map(\.code)
    #expect(codes.filter { $0 != "unknown-key" } == [])
  }

  @Test func systemsAndInventoriesMayAllowToo() {
    let system = """
      system: x
      summary: s
      node:
        api_port: 1
        # belay: allow system-port-collision because one of them is off
        raft_port: 1
      observe:
        ask:
          all:
            run: sleep 1   # belay: allow fixed-sleep because it must
        view: .
        identify: $member.name == $node.name
      """
    #expect(loadSystem(SourceFile(path: "system.yaml", text: system)).diagnostics == [])
    let inventory = """
      clusters:
        c:
          system: x
          nodes:
            # belay: allow port-collision because one of them is off
            n: { address: a, vars: { api_port: 1, raft_port: 1 } }
      """
    #expect(loadInventory([SourceFile(path: "i.yaml", text: inventory)], home: nil).diagnostics == [])
  }
}
