import Model
import Platform
import TestSupport
import Testing

/// No secret is in a journal, an output, a plan, an argument or an error, in no form in which it turns up.
@Suite struct SecretTests {
  private static let secret = #"hunter2's "pass" $word/ü+1"#
  /// Base64, URL-quoted, quoted for shells: computed apart from the masks by other programs.
  private static let prints = #"""
    cat > got
    cat got; cat got >&2; base64 -w0 got; echo; printf 'user:' | cat - got | base64 -w0; echo
    python3 -c 'import sys,urllib.parse,shlex,json
    s=open("got").read().strip()
    print(urllib.parse.quote(s), urllib.parse.quote_plus(s), shlex.quote(s), json.dumps(s))' || true
    bash -c 'printf "%q\n" "$(cat got)"' || true
    """#

  private func belay(failing: Bool = false) throws -> BelayProgram {
    let belay = try BelayProgram()
    _ = try belay.scratch.write(
      """
      runbook: token
      summary: Put a token in place.
      inputs: { token: { type: secret, help: the token of the cluster } }
      steps:
        ask:
          diagnose: It is known there
          at: controller
          stdin: ${token}
          run: grep -q hunter2 && echo "it is $(cat /dev/null)known"
        tell:
          act: Hand it to a program that tells everybody
          at: controller
          stdin: |
            ${token}
          run: |
      \(Self.prints.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
            \(failing ? "cat got >&2; exit 3" : "true")
          out: { said: . }
          rollback: { run: "true" }
        keep:
          verify: What was printed can be used, without the secret
          at: controller
          run: printf '%s' ${steps.tell.said} | grep -c •••• && ! printf '%s' ${steps.tell.said} | grep hunter2
      """, to: "token.yaml")
    _ = try belay.scratch.write(Self.secret + "\n", to: "secret")
    return belay
  }

  /// Everything that is left on this machine of a run, but for what the runbook itself has written.
  private func leaks(_ belay: BelayProgram, _ result: BelayProgram.Result) async throws -> [String] {
    let forms = try await Subprocess(
      "python3",
      [
        "-c",
        """
        import base64, urllib.parse, shlex, json, sys
        s = sys.stdin.read()
        for f in [s, s.split()[0], base64.b64encode(s.encode()).decode(), urllib.parse.quote(s),
                  urllib.parse.quote_plus(s), shlex.quote(s), json.dumps(s), json.dumps(s)[1:-1]]:
            print(json.dumps(f))
        """,
      ], stdin: Array(Self.secret.utf8)
    ).run()
    let needles = try forms.stdout.text.split(separator: "\n").compactMap {
      try JSONReader.parse(Array($0.utf8)).stringValue
    }
    #expect(needles.count == 8)
    var texts = [("out", result.out), ("err", result.err)]
    for name in try listDirectory(Path.join(belay.home, "runs")) {
      let path = Path.join(belay.home, "runs/\(name)")
      texts.append((name, String(decoding: try readFile(path, limit: 1 << 24), as: UTF8.self)))
    }
    return texts.flatMap { place, text in needles.filter(text.contains).map { "\(place): \($0)" } }
  }

  @Test("guarantee 13: no form of a secret is left anywhere", arguments: [false, true])
  func nothingIsLeft(failing: Bool) async throws {
    let belay = try belay(failing: failing)
    let result = try await belay.run("run", "./token.yaml", "--yes", "-v", "--set", "token=@secret")
    #expect(result.exit == (failing ? 5 : 0), "\(result)")
    let got = String(decoding: try readFile(belay.scratch.path(of: "got"), limit: 999), as: UTF8.self)
    #expect(got == Self.secret + "\n")
    #expect(try await leaks(belay, result) == [])
    #expect(result.err.contains("token = ••••"), "\(result)")
    let shown = try await belay.run("show", "last")
    #expect(shown.exit == 0 && !shown.out.contains("hunter2"), "\(shown)")
    #expect(try await belay.run("journal", "verify", "last").exit == 0)
  }

  @Test func plansHoldNoneAndAskForItAgain() async throws {
    var belay = try belay()
    let plan = try await belay.run("plan", "./token.yaml", "--set", "token=@secret", "--out", "p")
    #expect(plan.exit == 0, "\(plan)")
    let saved = String(decoding: try readFile(belay.scratch.path(of: "p"), limit: 1 << 20), as: UTF8.self)
    #expect(!saved.contains("hunter2's") && saved.contains(#""secret""#))
    let missing = try await belay.run("apply", "p")
    #expect(missing.exit == 2 && missing.err.contains("token=@FILE"), "\(missing)")
    belay.variables = ["BELAY_VAR_token": Self.secret]
    let applied = try await belay.run("apply", "p")
    #expect(applied.exit == 0, "\(applied)")
    #expect(try await leaks(belay, applied) == [])
    let other = try await belay.run("apply", "p", "--set", "name=x")
    #expect(other.exit == 2 && other.err.contains("as it was reviewed"), "\(other)")
  }

  @Test func aCommandLineIsNoPlaceForASecret() async throws {
    let belay = try belay()
    let literal = try await belay.run("run", "./token.yaml", "--yes", "--set", "token=hunter2-and-more")
    #expect(literal.exit == 2 && literal.err.contains("--set token=@FILE"), "\(literal)")
    #expect(!literal.says("hunter2"))
    let none = try await belay.run("run", "./token.yaml", "--yes")
    #expect(none.exit == 2 && none.err.contains("BELAY_VAR_token"), "\(none)")
  }

  @Test(arguments: [
    ("abc", 2, "less than 4"), ("1234567", 2, "short number"), ("", 2, "less than 4"),
    ("token", 4, "cannot be hidden"),
    ("finished", 4, "cannot be hidden"),
  ])
  func whatCannotBeHiddenIsRefused(secret: String, exit: Int, says: String) async throws {
    let belay = try belay()
    _ = try belay.scratch.write(secret + "\n", to: "secret")
    // The first step would fail: it is not reached, or its plan is refused.
    let result = try await belay.run("run", "./token.yaml", "--yes", "--set", "token=@secret")
    #expect(result.exit == exit && result.err.contains(says), "\(result)")
    #expect(belay.journalCount() == 0)
  }

  @Test func aPersonTypesItUnseen() async throws {
    let belay = try belay()
    let result = try await belay.atTerminal(
      ["run", "./token.yaml", "--yes"], typing: Self.secret, after: .seconds(1))
    #expect(result.exit == 0 && result.out.contains("token (the token of the cluster):"), "\(result)")
    #expect(try await leaks(belay, result) == [])
  }

  @Test func aFileHoldsItAndItsDiffDoesNot() async throws {
    let belay = try belay()
    let home = belay.scratch.path
    _ = try belay.scratch.write(
      """
      runbook: file
      summary: Write a file.
      inputs: { token: { type: secret, pattern: '[^\\n]+' } }
      steps:
        put:
          act: Write it
          at: controller
          file:
            path: \(home)/app.conf
            content: |
              name=app
              token=${token}
      """, to: "file.yaml")
    _ = try belay.scratch.write("name=app\ntoken=an-older-secret\n", to: "app.conf")
    let first = try await belay.run("run", "./file.yaml", "--yes", "--set", "token=@secret")
    #expect(first.exit == 0, "\(first)")
    let content = String(decoding: try readFile("\(home)/app.conf", limit: 999), as: UTF8.self)
    #expect(content == "name=app\ntoken=\(Self.secret)")
    #expect(!first.says("an-older-secret") && first.err.contains("+ token=••••"), "\(first)")
    let journal = String(decoding: try readFile(try belay.newestJournal(), limit: 1 << 22), as: UTF8.self)
    #expect(!journal.contains("an-older-secret"))
    #expect(try await leaks(belay, first) == [])
    // What is there already is not a change.
    let again = try await belay.run("plan", "./file.yaml", "--set", "token=@secret")
    #expect(!again.out.contains("+ token") && !again.out.contains("- token"), "\(again)")
  }

  @Test(arguments: [
    "run: echo ${token}", "run: 'true', when: '$inputs.token == \"x\"'",
    "run: 'true', expect: '$inputs.token'",
  ])
  func elsewhereItIsRefusedBeforeAnything(step: String) async throws {
    let belay = try belay()
    _ = try belay.scratch.write(
      """
      runbook: bad
      summary: s
      inputs: { token: { type: secret } }
      steps: { a: { diagnose: t, at: controller, \(step.replacing("${token}", with: "${token}")) } }
      """.replacing("run: echo ${token}", with: "run: 'echo ${token}'"), to: "bad.yaml")
    let result = try await belay.run("check", "./bad.yaml")
    #expect(result.exit == 3 && result.err.contains("secret-in-command"), "\(result)")
  }
}
