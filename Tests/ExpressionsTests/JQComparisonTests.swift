import Expressions
import Model
import TestSupport
import Testing

/// The `jq` program is the oracle: values, their order, their text and every message must be the same.
@Suite struct JQComparisonTests {
  @Test(.enabled(if: isInstalled("jq"), "needs the jq program"))
  func agreesOnEveryPair() throws {
    let cases = QueryCase.all(try fixture("queries.txt"))
    let pairs = cases.reduce(0) { $0 + $1.inputs.count }
    #expect(pairs >= 1500, "only \(pairs) pairs of a query and an input")
    let scratch = ScratchDirectory()
    let chunks = stride(from: 0, to: cases.count, by: 40).map { Array(cases[$0..<min($0 + 40, cases.count)]) }
    for (number, chunk) in chunks.enumerated() {
      _ = try scratch.write(Array(oracleProgram(chunk).utf8), to: "\(number).jq")
      _ = try scratch.write(Array(oracleInputs(chunk).utf8), to: "\(number).in")
    }
    let run = "jq -c -f $1.jq $1.in >$1.out 2>$1.err || echo failed >>$1.err"
    _ = shell(
      "cd '\(scratch.path)' && seq 0 \(chunks.count - 1) | xargs -P 4 -n 1 timeout 30 sh -c '\(run)' sh")
    for (number, chunk) in chunks.enumerated() {
      let complaints = String(decoding: scratch.read("\(number).err"), as: UTF8.self)
      #expect(complaints.isEmpty, "jq: \(complaints)")
      let expected = lines(scratch.read("\(number).out"))
      let actual = chunk.enumerated().flatMap { index, one in
        one.inputs.enumerated().map { answer(to: one.query, $1, index: index, input: $0) }
      }
      #expect(expected.count == actual.count)
      for (expected, actual) in zip(expected, actual) where expected != actual {
        let query = chunk[Int(expected.dropFirst().prefix { $0 != "," }) ?? 0].query
        Issue.record("\(query)\n  jq:    \(expected)\n  belay: \(actual)")
      }
    }
  }

  @Test(.enabled(if: isInstalled("jq"), "needs the jq program"))
  func refusesWhatJQRefuses() throws {
    let scratch = ScratchDirectory()
    let queries = lines(Array(try fixture("refused.txt").utf8)).filter { !$0.hasPrefix("# ") }
    for (number, query) in queries.enumerated() {
      #expect(throws: QueryError.self, "\(query)") { try Query.compile(query) }
      _ = try scratch.write(Array(query.utf8), to: "\(number).jq")
    }
    let run = "jq -n -f $1.jq >/dev/null 2>&1; test $? -eq 3 || echo $1"
    _ = shell(
      "cd '\(scratch.path)' && seq 0 \(queries.count - 1) | xargs -P 4 -n 1 sh -c '\(run)' sh >compiled")
    for number in lines(scratch.read("compiled")).compactMap({ Int($0) }) {
      Issue.record("jq compiles `\(queries[number])`")
    }
  }

  /// One program for many queries: compiling jq's own library takes it longer than all of them.
  private func oracleProgram(_ chunk: [QueryCase]) -> String {
    var program = ".p as $p | .i as $i | .v | "
    for (index, one) in chunk.enumerated() {
      program += "if $p == \(index) then try [$p, $i, [\n\(one.query)\n]] catch [$p, $i, {error: .}] else\n"
    }
    return program + "error(\"no such query\")" + String(repeating: " end", count: chunk.count)
  }

  private func oracleInputs(_ chunk: [QueryCase]) -> String {
    var inputs = ""
    for (index, one) in chunk.enumerated() {
      for (number, input) in one.inputs.enumerated() {
        inputs += "{\"p\":\(index),\"i\":\(number),\"v\":\(input)}\n"
      }
    }
    return inputs
  }

  private func answer(to query: String, _ text: String, index: Int, input: Int) -> String {
    let answer: Value
    do {
      let value = try JSONReader.parse(text)
      let compiled = try Query.compile("try [.v | \n\(query)\n] catch {error: .}")
      answer = try compiled.firstValue(["v": value])
    } catch {
      answer = .string("\(error)")
    }
    return Value.array([.number(Double(index)), .number(Double(input)), answer]).json()
  }
}

struct QueryCase {
  var query: String
  /// As written: printing a number can change it.
  var inputs: [String]

  /// Groups of `< input` lines, each followed by the queries that run on them.
  static func all(_ text: String) -> [QueryCase] {
    var cases: [QueryCase] = []
    var inputs: [String] = []
    for line in lines(Array(text.utf8)) {
      if line.hasPrefix("##") {
        inputs = []
      } else if line.hasPrefix("< ") {
        inputs.append(String(line.dropFirst(2)))
      } else if !line.isEmpty, !line.hasPrefix("# ") {
        cases.append(QueryCase(query: line, inputs: inputs))
      }
    }
    return cases
  }
}

func lines(_ bytes: [UInt8]) -> [String] {
  bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
}
