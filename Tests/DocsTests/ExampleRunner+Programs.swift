import Platform
import TestSupport

extension ExampleRunner {
  /// Beside the bundle that holds these tests, wherever that was built.
  private static var programs: String {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    return bundle.map(Path.parent) ?? Path.join(DocPage.root, ".build/debug")
  }

  mutating func shell(_ block: DocBlock) async throws {
    try await run(block.text, exits: block)
  }

  /// Runs a command in the page's own directory and remembers what it prints. `exits N` of the block says how it ends.
  mutating func run(_ command: String, exits block: DocBlock) async throws {
    let status = block.words.firstIndex(of: "exits").flatMap { Int32(block.words[$0 + 1]) } ?? 0
    let result = try await Subprocess(
      "/bin/sh", ["-c", command],
      environment: [
        "PATH": "\(Self.programs):/usr/local/bin:/usr/bin:/bin", "HOME": scratch.path,
        "BELAY_HOME": scratch.path(of: ".belay"), "LANG": "C.UTF-8",
      ], directory: scratch.path, timeout: .seconds(60)
    ).run()
    output = result.stdout.text + result.stderr.text
    parsed = nil
    guard result.exit == .status(status) else {
      throw FalseExample("it ends with \(result.exit):\n\(output ?? "")")
    }
  }
}
