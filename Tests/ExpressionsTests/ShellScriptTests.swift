import Testing

@testable import Expressions

/// The commands of a script, written in one line each: `[loop] NAME=value words <redirections> link`.
@Suite struct ShellScriptTests {
  private func describe(_ commands: [ShellCommand]) -> [String] {
    commands.flatMap { command -> [String] in
      var parts = command.loops.map { "[\($0.keyword)\($0.isCondition ? "?" : "")]" }
      parts += command.assignments.map { "\($0.name)=\($0.value.text)" }
      parts += command.words.map(\.text)
      parts += command.redirections.map {
        "\($0.descriptor.map(String.init) ?? "")\($0.operation)\($0.target.text)"
      }
      if let document = command.document { parts.append("<<\(document.count)") }
      switch command.link {
      case .end: break
      case .background: parts.append("&")
      case .and: parts.append("&&")
      case .or: parts.append("||")
      case .pipe: parts.append("|")
      }
      if command.readsPipe { parts.insert("|", at: 0) }
      return [parts.joined(separator: " ")] + describe(command.inner).map { "  " + $0 }
    }
  }

  @Test(arguments: [
    ("a b; c", ["a b", "c"]),
    ("a && b || c | d & e", ["a &&", "b ||", "c |", "| d &", "e"]),
    ("a |\n  b", ["a |", "| b"]),
    ("x=1 y=\"$z\" cmd \"a b\"'c d'e", ["x=1 y=$z cmd a bc de"]),
    ("cmd >/dev/null 2>&1 3 >>log <in", ["cmd 3 >/dev/null 2>&1 >>log <in"]),
    ("echo 2 >x", ["echo 2 >x"]),
    ("echo $(ls | head -1) `pwd`", ["echo $(ls | head -1) `pwd`", "  ls |", "  | head -1", "  pwd"]),
    ("while true; do sleep 1; done", ["[while?] true", "[while] sleep 1"]),
    ("for n in a b; do ssh $n x; done | wc -l", ["[for] for n in a b", "[for] ssh $n x", "| wc -l"]),
    ("if ! a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
    ("case $x in a|b) c ;; *', y') d ;; esac; e", ["case $x in", "c", "d", "e"]),
    ("( a; b ) && { c; }", ["a", "b", "c"]),
    ("cat <<EOF | tee f\nl1 $(w)\nEOF\nnext", ["cat <<8 |", "| tee f", "  w", "next"]),
    ("cat <<'EOF'\n# rm -rf /\nEOF", ["cat <<11"]),
    ("a # rm -rf /\nb '#c' d#e", ["a", "b #c d#e"]),
    ("a \\\n  b", ["a b"]),
    ("echo \"a \\\"b\\\" \\n\"", ["echo a \"b\" \\n"]),
    ("rm -rf ${node.dir}/x $${y:?}", ["rm -rf ${node.dir}/x $${y:?}"]),
    ("echo \"\" ''", ["echo  "]),
  ])
  func aScriptIsItsCommands(_ script: String, _ commands: [String]) {
    #expect(describe(ShellScript.read(script).commands) == commands)
  }

  @Test func everyWordKnowsItsPlace() throws {
    let text = "a 'b c' \"d $e\" ${f.g}x"
    let words = try #require(ShellScript.read(text).commands.first).words
    let bytes = Array(text.utf8)
    #expect(
      words.map { String(decoding: bytes[$0.range], as: UTF8.self) } == ["a", "'b c'", "\"d $e\"", "${f.g}x"])
    #expect(words.map(\.isLiteral) == [true, true, false, false])
    #expect(words[2].variables == ["e"])
    #expect(words[3].references.map(\.text) == ["f.g"])
  }

  @Test func codeInAWordKeepsItsPlaces() throws {
    let text = "ssh n \"rm -rf \\\"\\$d\\\"/x; sh -c 'kill -9 1'\""
    let script = ShellScript.read(text)
    let code = script.code(in: try #require(script.commands.first).words.dropFirst(2))
    #expect(describe(code.commands) == ["rm -rf $d/x", "sh -c kill -9 1"])
    let bytes = Array(text.utf8)
    func written(_ word: ShellCommand.Word) -> String { String(decoding: bytes[word.range], as: UTF8.self) }
    #expect(code.commands[0].words.prefix(2).map(written) == ["rm", "-rf"])
    let inner = code.code(in: code.commands[1].words.dropFirst(2))
    #expect(inner.commands[0].words.map(written) == ["kill", "-9", "1"])
  }

  @Test func anExpansionThatRefusesNothingIsGuarded() {
    let words =
      ShellScript.read("rm $${a} $${a:?} $${a:-x} $${a:-} $a \"$${a:?}\"/b").commands.first?.words ?? []
    let guarded = words.dropFirst().map { word in
      word.pieces.contains { if case .variable("a", isGuarded: true) = $0.kind { true } else { false } }
    }
    #expect(guarded == [false, true, true, false, false, true])
  }

  @Test(arguments: [
    "a '", "a \"b $(c", "$(", "<<", "cat <<EOF\nx", "`a", "a >", "case x in", ")", "do done", "$${a",
  ])
  func brokenTextIsReadAsFarAsItGoes(_ text: String) {
    _ = ShellScript.read(text)
  }
}
