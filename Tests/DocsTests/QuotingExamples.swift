import Expressions
import Model
import Platform

/// `sh quoting`: commands with `${value}`, and the arguments that they have in a real shell, which are shown by a
/// function called `show`.
struct QuotingExamples {
  private let block: DocBlock

  init(_ block: DocBlock) { self.block = block }

  func check() async throws {
    guard block.lines.contains(where: { $0.contains("${value}") }) else {
      throw FalseExample("it quotes nothing")
    }
    var value = ""
    var lines = block.lines[...]
    while let line = lines.popFirst() {
      if line.hasPrefix("# value: ") {
        value = try JSONReader.parse(String(line.dropFirst(9))).stringValue ?? ""
        continue
      }
      guard !line.isEmpty else { continue }
      guard let mark = line.ranges(of: "  # ").last else { throw FalseExample("\(line) states no result") }
      var command = String(line[..<mark.lowerBound])
      while command.last == " " { command.removeLast() }
      if let open = command.firstRange(of: "<<") {
        // A here-document ends with the word that it begins with.
        let word = command[open.upperBound...].filter { !"'\\\"".contains($0) }
        while let next = lines.popFirst() {
          command += "\n" + next
          if next == word { break }
        }
      }
      var stated = String(line[mark.upperBound...])
      // A line break in an argument goes on in the next line.
      while stated.hasPrefix("["), !stated.hasSuffix("]"), let next = lines.popFirst() {
        stated += "\n" + next
      }
      for shell in ["/bin/sh", "/bin/bash"] {
        let found = try await answer(to: command, value, in: shell)
        guard found == stated else { throw FalseExample("\(shell): \(command) gives \(found)") }
      }
    }
  }

  private func answer(to command: String, _ value: String, in shell: String) async throws -> String {
    let (template, problems) = ShellTemplate.parse(command)
    if let problem = problems.first { return "refused: \(problem.message)" }
    let rendered: String
    do {
      rendered = try template.render { _ in value }
    } catch let error as ShellTemplate.RenderError {
      return "refused: \(error.message)"
    }
    // Each argument by its length: whatever is in it, it is seen to be one.
    let show = "show() { for word; do printf '%s\\0' \"$word\"; done; }\n"
    let result = try await Subprocess(shell, ["-c", show + rendered], timeout: .seconds(20)).run()
    guard command.hasPrefix("show") else { return Value.string(result.stdout.text).json() }
    return result.stdout.text.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
      .map { "[\($0)]" }.joined(separator: " ")
  }
}
