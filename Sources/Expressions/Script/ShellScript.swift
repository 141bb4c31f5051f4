/// A shell text as the commands it is made of, for whoever judges what it would do. Nothing is expanded.
package struct ShellScript: Sendable {
  package struct Comment: Sendable {
    package var text: String
    package var offset: Int
  }

  /// In the order of the text; commands in `$(…)` are inside the command whose word holds them.
  package let commands: [ShellCommand]
  package let comments: [Comment]
  private let bytes: [UInt8]
  /// For each byte its place in the author's text, when the script is a word of another one.
  private let origin: [Int]?

  package static func read(_ text: String) -> ShellScript { ShellScript(Array(text.utf8), origin: nil) }

  init(_ bytes: [UInt8], origin: [Int]?) {
    var lexer = ShellLexer(bytes, script: ShellScriptBuilder(origin: origin))
    lexer.lex()
    self.bytes = bytes
    self.origin = origin
    commands = lexer.script?.commands ?? []
    comments = lexer.script?.comments ?? []
  }

  /// These words read as a script of their own, as `sh -c` and `ssh` do: one layer of quotes is gone.
  package func code(in words: some Sequence<ShellCommand.Word>) -> ShellScript {
    var code: [UInt8] = []
    var places: [Int] = []
    for word in words {
      if !code.isEmpty {
        code.append(UInt8(ascii: " "))
        places.append(word.range.lowerBound)
      }
      unquote(word.rawRange, into: &code, &places)
    }
    return ShellScript(code, origin: places)
  }

  private func unquote(_ range: Range<Int>, into code: inout [UInt8], _ places: inout [Int]) {
    var quote: UInt8?
    var index = range.lowerBound
    func take(_ position: Int) {
      code.append(bytes[position])
      places.append(origin?[position] ?? position)
    }
    while index < min(range.upperBound, bytes.count) {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "'") where quote != UInt8(ascii: "\""),
        UInt8(ascii: "\"") where quote != UInt8(ascii: "'"):
        quote = quote == nil ? byte : nil
      case UInt8(ascii: "\\") where quote != UInt8(ascii: "'") && index + 1 < range.upperBound:
        let next = bytes[index + 1]
        if quote == nil || Set("\\\"$`\n".utf8).contains(next) { index += 1 }
        if bytes[index] != UInt8(ascii: "\n") || next != UInt8(ascii: "\n") { take(index) }
      default: take(index)
      }
      index += 1
    }
  }
}
