import Model
import TestSupport
import Testing

@testable import Report

/// The drawing of a plan's steps, on random graphs: nothing overlaps, and no line crosses a step.
@Suite struct StepGraphLayoutTests {
  private func random(_ seed: UInt64) -> [(id: StepID, needs: [StepID])] {
    var random = SeededRandom(seed: seed)
    let count = Int.random(in: 1...24, using: &random)
    return (0..<count).map { index in
      let needs = (0..<index).filter { _ in Int.random(in: 0..<6, using: &random) == 0 }
      return (StepID("s\(index)"), needs.map { StepID("s\($0)") })
    }
  }

  @Test func boxesAndLinesKeepApart() throws {
    for seed in 0..<200 {
      let steps = random(UInt64(seed))
      let layout = StepGraphLayout(steps)
      let size = StepGraphLayout.box
      #expect(layout.centres.count == steps.count)
      #expect(layout.lines.count == steps.reduce(0) { $0 + $1.needs.count })
      let centres = Array(layout.centres.values)
      for (index, a) in centres.enumerated() {
        #expect(
          a.x - size.x / 2 >= 0 && a.x + size.x / 2 <= layout.width && a.y + size.y / 2 <= layout.height)
        for b in centres[(index + 1)...] {
          #expect(abs(a.x - b.x) > size.x || abs(a.y - b.y) > size.y, "seed \(seed): two boxes overlap")
        }
      }
      for line in layout.lines {
        #expect(
          zip(line.points, line.points.dropFirst()).allSatisfy { $0.y < $1.y }, "seed \(seed): it goes up")
        // Beside a box a line is straight: its second, fourth, … piece.
        for (index, (from, to)) in zip(line.points, line.points.dropFirst()).enumerated() where index % 2 == 1
        {
          #expect(from.x == to.x)
          for box in centres where box.y > from.y && box.y < to.y {
            #expect(abs(box.x - from.x) > size.x / 2, "seed \(seed): a line crosses a step")
          }
        }
      }
    }
  }

  @Test func theSameStepsAreDrawnTheSameWay() throws {
    let (first, second) = (StepGraphLayout(random(7)), StepGraphLayout(random(7)))
    #expect(first.centres == second.centres && first.lines.map(\.points) == second.lines.map(\.points))
  }

  /// What no plan has: a need that is not there, one of itself, one that comes later.
  @Test func strangeNeedsDoNoHarm() throws {
    let layout = StepGraphLayout([
      (StepID("a"), [StepID("a"), StepID("gone"), StepID("b")]), (StepID("b"), []),
    ])
    #expect(layout.centres.count == 2)
    #expect(StepGraphLayout([]).height == 0)
  }
}

@Suite struct TerminalLinesTests {
  private func lines(_ write: (inout TerminalLines) -> Void) -> [String] {
    var lines = TerminalLines(Paint(isOn: false))
    write(&lines)
    return lines.text.split(separator: "\n").map(String.init)
  }

  @Test func wideCharactersTakeTwoColumns() {
    let wide = String(repeating: "漢", count: 60)
    #expect(columns(of: wide) == 120 && columns(of: "e\u{301}x") == 2 && columns(of: "é") == 1)
    let broken = lines { $0.exact([Span("> ")], Span(wide), indent: 0) }
    #expect(broken.map(columns(of:)).max() ?? 0 <= 80 && broken.count == 2)
    #expect(broken.joined().filter { $0 == "漢" }.count == 60)
  }

  @Test func proseBreaksBetweenWords() {
    let words = (0..<40).map { "word\($0)" }
    let broken = lines {
      $0.prose([Span("label: "), Span(words.joined(separator: " "))], indent: 2, hang: 6)
    }
    #expect(broken.dropFirst().allSatisfy { $0.hasPrefix("      word") })
    #expect(broken.flatMap { $0.split(separator: " ") }.dropFirst().map(String.init) == words)
  }

  @Test func coloursEndWithTheirLine() {
    var painted = TerminalLines(Paint(isOn: true))
    painted.prose([Span(String(repeating: "a ", count: 80), .error)], indent: 2)
    for line in painted.text.split(separator: "\n") {
      #expect(line.hasPrefix("  \u{1B}[1;31ma") && line.hasSuffix("\u{1B}[0m"))
    }
  }
}
