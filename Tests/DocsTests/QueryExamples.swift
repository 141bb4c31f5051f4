import Expressions
import Model
import Platform
import Testing

/// `jq`: queries with what they give, said by belay at once and by the jq program at the end of the page.
struct QueryExamples {
  struct Example: Sendable {
    var text: String
    var input: String
    var variables: [(name: String, value: String)]
    /// As an array of all its values, or `{"error": …}`.
    var answer: Value
    var place: String
  }

  private(set) var examples: [Example] = []

  mutating func check(_ block: DocBlock) throws {
    var failures: [String] = []
    var input = "null"
    var variables: [(name: String, value: String)] = []
    var text = ""
    for (offset, line) in block.lines.enumerated() {
      if line.hasPrefix("# input: ") {
        input = String(line.dropFirst(9))
      } else if line.hasPrefix("# $"), let colon = line.firstIndex(of: ":") {
        let name = String(line[..<colon].dropFirst(3))
        variables.removeAll { $0.name == name }
        variables.append((name, String(line[line.index(after: colon)...])))
      } else if line.isEmpty || line.hasPrefix("#") {
        continue
      } else if let mark = line.ranges(of: "  # ").last {
        let place = "\(block.page):\(block.line + offset)"
        let example = Example(
          text: text + line[..<mark.lowerBound], input: input, variables: variables, answer: .null,
          place: place)
        do {
          try check(example, against: String(line[mark.upperBound...]))
        } catch {
          failures.append("\(error)")
        }
        text = ""
      } else {
        text += line + "\n"
      }
    }
    if !block.lines.contains(where: { $0.contains("  # ") }) { failures.append("there is no query in it") }
    if !text.isEmpty { failures.append("\(text) states no result") }
    guard failures.isEmpty else { throw FalseExample(failures.joined(separator: "\n")) }
  }

  private mutating func check(_ given: Example, against stated: String) throws {
    var example = given
    func refuse(_ found: String) -> FalseExample {
      FalseExample("\(given.place): \(given.text) gives \(found)")
    }
    let query: Query
    do {
      query = try Query.compile(example.text)
    } catch {
      // What belay leaves out jq may well know.
      guard stated == "refused: \(error.message)" else { throw refuse("refused: \(error.message)") }
      return
    }
    let bindings = try Dictionary(
      example.variables.map { ($0.name, try JSONReader.parse($0.value)) }, uniquingKeysWith: { $1 })
    do {
      let values = try query.evaluate(try JSONReader.parse(example.input), bindings)
      let text = values.isEmpty ? "nothing" : values.map { $0.json() }.joined(separator: ", ")
      let wanted = stated == "nothing" ? [] : try JSONReader.parse("[\(stated)]").arrayValue
      guard values == wanted else { throw refuse(text) }
      example.answer = .array(values)
    } catch let error as QueryError {
      guard stated == "error: \(error.message)" else { throw refuse("error: \(error.message)") }
      example.answer = ["error": .string(error.message)]
    }
    examples.append(example)
  }

  /// One program for many queries: compiling jq's own library takes it longer than all of them.
  func expectAgreementOfJQ() {
    for start in stride(from: 0, to: examples.count, by: 40) {
      let chunk = Array(examples[start..<min(start + 40, examples.count)])
      var program = ""
      for (number, one) in chunk.enumerated() {
        let variables = one.variables.map { "(\($0.value)) as $\($0.name) | " }.joined()
        program += "(try ((\(one.input)) | \(variables) [\n\(one.text)\n]) catch {error: .}),\n"
        if number == chunk.count - 1 { program += "empty" }
      }
      let scratch = ScratchFile(program)
      let result = scratch.run("jq -n -c -f")
      let answers = result.split(separator: "\n").map(String.init)
      guard answers.count == chunk.count else {
        Issue.record(
          "jq gives \(answers.count) answers of \(chunk.count) from \(chunk[0].place) on: \(result)")
        continue
      }
      for (one, answer) in zip(chunk, answers) {
        let value = (try? JSONReader.parse(answer)) ?? .null
        if value != one.answer {
          Issue.record("\(one.place): `\(one.text)` is \(answer) to jq, and \(one.answer.json()) to belay")
        }
      }
    }
  }
}
