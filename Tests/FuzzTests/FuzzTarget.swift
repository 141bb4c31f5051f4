import Expressions
import Loading
import Model

/// What strangers' bytes reach. Each target takes any bytes at all and ends in a value or in an error; it returns what is
/// wrong when the answer breaks a promise, and traps when belay does.
enum FuzzTarget: String, CaseIterable {
  case runbook, inventory, system
  case text, json, lines, keys, table, prometheus
  case query, reference, shell

  func run(_ bytes: [UInt8]) -> String? {
    switch self {
    case .runbook, .inventory, .system: load(String(decoding: bytes, as: UTF8.self))
    case .text: parse(bytes, .text)
    case .json: parse(bytes, .json)
    case .keys: parse(bytes, .keys)
    case .table: parse(bytes, .table)
    case .prometheus: parse(bytes, .prometheus)
    case .lines: parseLines(bytes)
    case .query: evaluate(bytes)
    case .reference: render(String(decoding: bytes, as: UTF8.self))
    case .shell: renderCommand(String(decoding: bytes, as: UTF8.self))
    }
  }

  // MARK: Files

  private func load(_ text: String) -> String? {
    let file = SourceFile(path: "fuzz.yaml", text: text)
    switch self {
    case .inventory: return judge(loadInventory([file], home: "/root").diagnostics, file)
    case .system: return judge(loadSystem(file).diagnostics, file)
    default:
      let result = loadRunbook(file, name: nil) { name throws(FileProblem) in
        SourceFile(path: name, text: "a ${node.name} of ${nowhere}\n")
      }
      return judge(result.diagnostics, file)
    }
  }

  /// Every problem has a place, and the place is in the file.
  private func judge(_ diagnostics: [Diagnostic], _ file: SourceFile) -> String? {
    for diagnostic in diagnostics where diagnostic.code != "too-many-problems" {
      guard let place = diagnostic.location else { return "\(diagnostic.code) has no place" }
      guard place.file == file.path else { continue }
      let line = file.line(place.line)
      let isEnd = place.line > 1 && line == nil && file.line(place.line - 1) != nil
      guard line != nil || isEnd else { return "\(diagnostic.code) is said to be at line \(place.line)" }
      // An empty line of a block has not even the block's indentation.
      if let line, line.allSatisfy({ $0 == " " }), place.column >= 1 { continue }
      guard place.column >= 1, place.column <= (line?.unicodeScalars.count ?? 0) + 2 else {
        return "\(diagnostic.code) is said to be at \(place)"
      }
    }
    return nil
  }

  // MARK: Outputs

  private func parse(_ bytes: [UInt8], _ format: OutputFormat) -> String? {
    do throws(OutputError) {
      let value = try format.parse(bytes)
      // As text: numbers beyond a double's range are written as the largest there is, as jq does.
      let written = value.json()
      guard let again = try? JSONReader.parse(Array(written.utf8)), again.json() == written else {
        return "the value does not survive being written as JSON"
      }
      return nil
    } catch {
      let isClean = (error.excerpt ?? "").unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      return isClean && !error.message.isEmpty ? nil : "the message could act on a terminal"
    }
  }

  /// The first line is the pattern.
  private func parseLines(_ bytes: [UInt8]) -> String? {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    let format = OutputFormat.lines(pattern: String(decoding: bytes[..<end], as: UTF8.self))
    guard (try? format.validate()) != nil else { return nil }
    return parse(Array(bytes[end...].dropFirst()), format)
  }

  // MARK: Expressions

  /// The first line is the query, the rest its input.
  private func evaluate(_ bytes: [UInt8]) -> String? {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    let text = String(decoding: bytes[..<end], as: UTF8.self)
    let input = (try? JSONReader.parse(Array(bytes[end...].dropFirst()))) ?? ["a": [1, "x", .null]]
    var limits = QueryLimits()
    limits.steps = 20_000
    limits.depth = 500
    limits.outputs = 1_000
    limits.stringBytes = 1 << 16
    limits.patternRetries = 20_000
    do throws(QueryError) {
      let query = try Query.compile(text)
      for use in query.variables where use.offset < 0 || use.offset + use.length > text.utf8.count {
        return "$\(use.name) is said to be outside of the query"
      }
      _ = try query.evaluate(input, ["node": ["name": "n1"], "before": .null], limits: limits)
      return nil
    } catch {
      let isInside = error.offset >= 0 && error.offset <= text.utf8.count
      return isInside ? nil : "the error is said to be at byte \(error.offset) of \(text.utf8.count)"
    }
  }

  private func render(_ text: String) -> String? {
    let (template, problems) = TextTemplate.parse(text)
    if let place = outside(problems, text) { return place }
    let rendered = template.render { _ in "" }
    return rendered.utf8.count <= text.utf8.count ? nil : "the rendered text is longer than the template"
  }

  private func renderCommand(_ text: String) -> String? {
    let (template, problems) = ShellTemplate.parse(text)
    if let place = outside(problems, text) { return place }
    for value in ["", "a", "'\"$(x)`\n", "-n", String(repeating: "\u{FF}", count: 9)] {
      _ = try? template.render { _ in value }
    }
    return nil
  }

  private func outside(_ problems: [TemplateProblem], _ text: String) -> String? {
    let wrong = problems.first { $0.offset < 0 || $0.offset > text.utf8.count || $0.message.isEmpty }
    return wrong.map { "a problem is said to be at byte \($0.offset) of \(text.utf8.count)" }
  }
}
