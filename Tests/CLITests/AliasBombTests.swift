import TestSupport
import Testing

/// `belay check` on files that are small on disk and huge once expanded: refused at the first aliases, whatever they
/// would stand for.
@Suite struct AliasBombTests {
  static let bombs: [String: String] = [
    "billion laughs": billionLaughs(levels: 40), "quadratic": quadratic, "nested anchors": nestedAnchors,
    "its own child": "a: &a [" + Array(repeating: "*a", count: 10_000).joined(separator: ", ") + "]\n",
    "merge keys": mergeKeys, "as keys": asKeys,
  ]

  @Test(arguments: bombs.keys.sorted())
  func isRefusedAtOnce(name: String) throws {
    let scratch = ScratchDirectory()
    let path = try scratch.write(try #require(Self.bombs[name]), to: "bomb.yaml")
    // The least of several runs: another process may slow each of them down, none can speed one up.
    let runs = try (0..<7).map { _ in try MeasuredProgram.run(["check", path]) }
    let first = try #require(runs.first)
    #expect(first.exit == 3)
    #expect(first.output.contains("error[yaml-alias]: the alias \"*"))
    #expect(first.output.contains("bomb.yaml:"))
    let cpu = runs.map(\.cpuSeconds).min() ?? .infinity
    let peak = runs.map(\.peakMiB).min() ?? .infinity
    #expect(cpu < 0.050, "\(name) took \(cpu) s of CPU")
    #expect(peak < 64, "\(name) took \(peak) MiB")
  }

  private static func billionLaughs(levels: Int) -> String {
    (0..<levels).reduce("a: &a [x, x, x, x, x, x, x, x, x]\n") { text, level in
      let name = { (number: Int) in number == 0 ? "a" : "a\(number)" }
      let aliases = Array(repeating: "*\(name(level))", count: 9).joined(separator: ", ")
      return text + "\(name(level + 1)): &\(name(level + 1)) [\(aliases)]\n"
    }
  }

  /// One long text, many times over: no depth at all.
  private static var quadratic: String {
    "a: &a " + String(repeating: "x", count: 20_000) + "\nb:\n"
      + String(repeating: "  - *a\n", count: 3_000)
  }

  private static var nestedAnchors: String {
    let anchors = (0..<60).map { "&a\($0) [" }.joined()
    let aliases = (0..<60).map { "*a\($0)" }.joined(separator: ", ")
    return "a: \(anchors)x\(String(repeating: "]", count: 60))\nb: [\(aliases)]\nc: [\(aliases)]\n"
  }

  private static var mergeKeys: String {
    (1..<400).reduce("m0: &m0 { a: 1 }\n") { text, level in
      text + "m\(level): &m\(level)\n  <<: [*m\(level - 1), *m\(level - 1)]\n"
    }
  }

  private static var asKeys: String {
    "k: &k [x]\n" + String(repeating: "? *k\n: *k\n", count: 3_000)
  }
}
