import Testing

@testable import Report

@Suite struct LineDiffTests {
  @Test func showsOnlyWhatChanged() {
    #expect(
      lineDiff(from: "a\nb\nc\n", to: "a\nB\nc\n") == [.kept("a"), .removed("b"), .added("B"), .kept("c")])
    #expect(lineDiff(from: "", to: "x\n") == [.added("x")])
    #expect(lineDiff(from: "x", to: "") == [.removed("x")])
    #expect(lineDiff(from: "same\n", to: "same\n") == [.kept("same")])
  }

  /// Whatever the texts, the lines that are not added are the old text and those not removed the new one.
  @Test func holdsBothTexts() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let old = text(&generator)
      let new = text(&generator)
      let diff = lineDiff(from: old.joined(separator: "\n"), to: new.joined(separator: "\n"))
      let before = diff.compactMap { line -> String? in
        switch line {
        case .kept(let text), .removed(let text): text
        case .added: nil
        }
      }
      let after = diff.compactMap { line -> String? in
        switch line {
        case .kept(let text), .added(let text): text
        case .removed: nil
        }
      }
      #expect(before == old && after == new, "\(old) → \(new)")
    }
  }

  /// No empty lines: a text that ends in one cannot be told from one that ends in a newline.
  private func text(_ generator: inout SystemRandomNumberGenerator) -> [String] {
    (0..<Int.random(in: 0...8, using: &generator)).map { _ in
      ["a", "b", "c"].randomElement(using: &generator) ?? "a"
    }
  }
}

@Suite struct PaintTests {
  @Test("guarantee 12: nothing a node prints can act on the terminal")
  func showsControlCharacters() {
    #expect(visible("a\u{1B}[31mb\u{202E}c\u{7F}\r\n") == "a\\u{1B}[31mb\\u{202E}c\\u{7F}\\u{D}\\u{A}")
    #expect(Paint(isOn: false)("x", .error) == "x")
    #expect(Paint(isOn: true)("x", .good) == "\u{1B}[32mx\u{1B}[0m")
  }
}
