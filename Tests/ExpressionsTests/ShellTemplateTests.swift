import Expressions
import TestSupport
import Testing

@Suite struct ShellTemplateTests {
  @Test(arguments: [
    ("systemctl start ${v}", "etcd", "systemctl start etcd"),
    ("systemctl start ${v}", "a b", "systemctl start 'a b'"),
    ("systemctl start ${v}", "", "systemctl start ''"),
    ("echo ${v}", "it's", "echo 'it'\\''s'"),
    ("echo \"${v}\"", "$x \"y\" `z` \\", "echo \"\\$x \\\"y\\\" \\`z\\` \\\\\""),
    ("x --a=${v}", "http://10.0.0.1:2379,b", "x --a=http://10.0.0.1:2379,b"),
    ("echo $${HOME} $$ $x $", "", "echo ${HOME} $$ $x $"),
    // A value alone could be a word of the shell's own, an assignment or a file descriptor.
    ("${v}", "if", "'if'"), ("${v} x", "A=b", "'A=b' x"), ("echo ${v}>f", "2", "echo '2'>f"),
    ("echo ${v}", "2", "echo 2"), ("; ${v}", "then", "; 'then'"), ("x | ${v}", "fi", "x | 'fi'"),
    ("a=1 ${v}", "do", "a=1 'do'"), ("rm -- ${v}", "-rf", "rm -- -rf"),
    ("for x in ${v}; do :; done", "do", "for x in 'do'; do :; done"),
    ("case ${v} in -n) :;; esac", "-n", "case -n in -n) :;; esac"),
    ("cat > ${v}", "-x", "cat > -x"), ("x=${v}", "-x", "x=-x"), ("x --opt=${v}", "-1", "x --opt=-1"),
    ("cat <<EOF\n${v}\nEOF", "a\nEOF\n$x", "cat <<EOF\n${IFS+}a\n${IFS+}EOF\n${IFS+}\\$x\nEOF"),
    ("echo \"$(echo \"${v}\" '(' ) ${v}\"", "$", "echo \"$(echo \"\\$\" '(' ) \\$\""),
    ("x=$(case a in a) echo ${v};; esac) # done", "b c", "x=$(case a in a) echo 'b c';; esac) # done"),
    ("echo a#b ${v}", "c d", "echo a#b 'c d'"),
    ("cat <<A <<'B'\n${v}\nA\n$x\nB\necho ${v}", "q r", "cat <<A <<'B'\n${IFS+}q r\nA\n$x\nB\necho 'q r'"),
  ])
  func renders(text: String, value: String, expected: String) throws {
    let (template, problems) = ShellTemplate.parse(text)
    #expect(problems.isEmpty)
    #expect(try template.render { _ in value } == expected)
  }

  @Test(arguments: [
    ("rm ${v}", "-rf"), ("rm \"${v}\"", "-rf"), ("rm ''${v}", "-rf"), ("rm \"\"\"${v}\"", "-x"),
    ("rm $x${v}", "-x"),
    ("rm -- a; rm ${v}", "-x"), ("rm -- a && rm ${v}", "-x"), ("rm -- a\nrm ${v}", "-x"), ("x >&${v}", "-"),
    ("(rm -- a) | rm ${v}", "-x"), ("echo $(rm ${v}) --", "-x"), ("rm a\0${v}", "x\0"),
    ("rm \"$x\"\"${v}\"", "-x"), ("rm a$x${v}", "-x"), ("rm a$(x)${v}", "-x"), ("rm a`x`\"${v}\"", "-x"),
    ("rm $@${v}", "-x"),
  ])
  func refusesWhatWouldBeAnOption(text: String, value: String) throws {
    let (template, problems) = ShellTemplate.parse(text)
    #expect(problems.isEmpty)
    #expect(throws: ShellTemplate.RenderError.self) { try template.render { _ in value } }
  }

  @Test func aValueBehindAnotherIsNoOption() throws {
    let template = ShellTemplate.parse("rm ${a}${b}").template
    let values = ["a": "x", "b": "-y"]
    #expect(try template.render { values[$0.text] ?? "" } == "rm x-y")
    #expect(throws: ShellTemplate.RenderError.self) { try template.render { $0.text == "b" ? "-y" : "" } }
    let split = ShellTemplate.parse("rm ${a}$x${b}").template
    #expect(throws: ShellTemplate.RenderError.self) { try split.render { values[$0.text] ?? "" } }
  }

  @Test func theErrorTeaches() throws {
    let template = ShellTemplate.parse("rm ${node.name}").template
    let error = #expect(throws: ShellTemplate.RenderError.self) { try template.render { _ in "-rf" } }
    #expect(error?.message == "the value of ${node.name} begins with a dash and would be read as an option")
    #expect(error?.help == "put `--` before it (`rm -- ${node.name}`) or attach it (`--name=${node.name}`)")
    #expect(error?.offset == 3 && error?.length == 12)
  }

  @Test(arguments: [
    ("echo '${v}'", "a reference inside single quotes stays as it is written", 6, 4),
    ("echo $'${v}'", "a reference cannot stand inside $'…'", 7, 4),
    ("echo $'a\\'${v}", "shells disagree on where this $'…' ends", 5, 4),
    ("echo # ${v}", "a reference in a comment does nothing", 7, 4),
    ("echo `x ${v}`", "a reference cannot stand in backticks", 8, 4),
    ("echo \"`x ${v}`\"", "a reference cannot stand in backticks", 9, 4),
    (
      "echo $((1 + ${v}))",
      "a reference cannot stand in shell arithmetic, where its value would be evaluated", 12, 4
    ),
    ("echo $${x:-${v}}", "a reference cannot stand inside an expansion of the shell", 11, 4),
    ("echo $${x:-\"}\"}", "quotes inside an expansion mean different things to different shells", 11, 1),
    (
      "cat <<'EOF'\n${v}\nEOF",
      "a reference in a here-document with a quoted delimiter stays as it is written", 12, 4
    ),
    (
      "cat <<\\EOF\n${v}\nEOF",
      "a reference in a here-document with a quoted delimiter stays as it is written", 11, 4
    ),
    ("cat <<${v}\nx", "the delimiter of a here-document is read as it is written", 4, 3),
    ("cat <<EOF\n$(x ${v})\nEOF", "a reference cannot stand in a command inside a here-document", 14, 4),
    ("cat <<EOF\nx\\\nEOF\nEOF", "shells disagree on whether this line ends the here-document", 13, 1),
    ("cat <<EOF\n${v}", "this here-document is never closed", 4, 5),
    ("cat <<EOF", "this here-document has no text", 4, 5),
    ("echo \\${v}", "a backslash before a reference changes how the shell reads its value", 5, 5),
    ("echo \"\\${v}\"", "a backslash before a reference changes how the shell reads its value", 6, 5),
    ("sh -c \"rm ${v}\"", "this text is read by another shell, which would run what the value holds", 10, 4),
    (
      "sudo bash -ec 'x'${v}", "this text is read by another shell, which would run what the value holds", 17,
      4
    ),
    ("eval ${v}", "this text is read by another shell, which would run what the value holds", 5, 4),
    ("echo ${v", "this reference is never closed", 5, 2),
    ("echo ${}", "this reference names nothing", 5, 3),
    ("echo ${ v }", "a space cannot stand in a reference", 5, 6),
    ("echo ${v:-x}", "':' cannot stand in a reference", 5, 7),
    ("echo ${a..b}", "a name is missing beside a dot of this reference", 5, 7),
    ("echo \"x", "this quote is never closed", 5, 1), ("echo 'x", "this quote is never closed", 5, 1),
    ("echo $(x", "'$(' is never closed", 5, 2), ("echo `x", "this backtick is never closed", 5, 1),
  ])
  func reports(text: String, message: String, offset: Int, length: Int) throws {
    let problems = ShellTemplate.parse(text).problems
    let first = try #require(problems.first)
    #expect(problems.count == 1)
    #expect(first.message == message)
    #expect(first.offset == offset && first.length == length)
    #expect(first.help?.isEmpty == false)
  }

  @Test func namesTheContextOfEachReference() {
    let text = "a ${b} -- \"x ${c}\" ${d} <<E\n${e}\nE"
    let uses = ShellTemplate.parse(text).template.parts.compactMap { part -> ShellTemplate.Use? in
      if case .reference(let use) = part { use } else { nil }
    }
    #expect(uses.map(\.reference.text) == ["b", "c", "d", "e"])
    #expect(
      uses.map(\.context) == [
        .bare(startsWord: true, afterDoubleDash: false),
        .doubleQuoted(startsWord: false, afterDoubleDash: true),
        .bare(startsWord: true, afterDoubleDash: true), .hereDocument,
      ])
  }

  /// No text may crash or hang the lexer, and every text without a problem is taken over byte for byte.
  @Test func survivesAnyText() {
    var numbers = SeededRandom(seed: 7)
    let pieces =
      Array("'\"`$(){}<>|&;#\\\n\t =-xE").map(String.init) + [
        "${v}", "$${", "<<E", "\nE\n", "$((", "case ", "esac", "sh -c ",
      ]
    for _ in 0..<5_000 {
      let text = (0..<Int.random(in: 0..<24, using: &numbers)).map { _ in
        pieces.randomElement(using: &numbers) ?? ""
      }
      .joined()
      let (template, problems) = ShellTemplate.parse(text)
      for problem in problems { #expect(problem.offset >= 0 && problem.offset <= text.utf8.count) }
      guard problems.isEmpty, !text.contains("$${"),
        let rendered = try? template.render({ "\u{1}\($0.text)" })
      else { continue }
      let kept = rendered.split(separator: "${IFS+}").joined()
      #expect(kept.utf8.count >= text.utf8.count - 4 * template.references.count)
    }
    for deep in ["$(", "\"$(", "(", "`", "$((", "<<E\n$("] {
      _ = ShellTemplate.parse(String(repeating: deep, count: 50_000))
    }
  }
}

@Suite struct TextTemplateTests {
  @Test func rendersWithoutQuoting() throws {
    let (template, problems) = TextTemplate.parse("name: '${node.name}' $${HOME} $x ${a.b-c.0}é")
    #expect(problems.isEmpty)
    #expect(template.references.map(\.path) == [["node", "name"], ["a", "b-c", "0"]])
    #expect(template.render { "<\($0.text)>" } == "name: '<node.name>' ${HOME} $x <a.b-c.0>é")
    #expect(template.literal == nil)
    #expect(TextTemplate.parse("plain $${x}").template.literal == "plain ${x}")
  }

  @Test func reportsEveryProblemWithItsPlace() {
    let (template, problems) = TextTemplate.parse("é${} ${ok} ${a b} ${x\ny}")
    #expect(problems.map(\.offset) == [2, 12, 19])
    #expect(
      problems.map(\.help) == [
        "write a path such as `${node.name}`", "write `${ab}`", "add '}', or write `$${` for a literal `${`",
      ])
    #expect(template.references.map(\.text) == ["ok"])
  }
}
