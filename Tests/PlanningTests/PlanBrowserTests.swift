import Glibc
import Model
import Planning
import Platform
import Report
import TestSupport
import Testing

/// The HTML form in a real browser. `BELAY_SCREENSHOTS=DIR` keeps what it looked like.
@Suite struct PlanBrowserTests {
  private let directory = Host.environment("BELAY_SCREENSHOTS")

  private func keep(_ look: HeadlessBrowser.Look, _ name: String) async throws {
    guard let directory else { return }
    let picture = try await Subprocess(
      "base64", ["-d"], stdin: Array(look.screenshot.utf8), outputLimit: 64 << 20
    ).run()
    try makeDirectory(directory)
    try replaceFile("\(directory)/\(name).png", with: picture.stdout.bytes, mode: 0o644)
  }

  /// Loaded from a file, wide and narrow, light and dark: it fits, asks for nothing and complains of nothing.
  @Test func looksRightEverywhereAndAsksForNothing() async throws {
    let browser = try HeadlessBrowser()
    let scratch = ScratchDirectory()
    var pages = try PlanFormTests.names.map { ($0, try PlanFormTests.plan($0), PlanFormTests.past) }
    pages.append(("hostile", try EtcdScenario.addNode.plan().hostile(), []))
    for (name, plan, past) in pages {
      let path = try scratch.write(PlanForms(plan, past: past).html, to: "\(name).html")
      // One page in all four ways; of the others the narrow one, where there is most to go wrong.
      let isWhole = name == "add-node"
      let ways = isWhole ? [(400, false), (400, true), (1400, false), (1400, true)] : [(400, false)]
      var seen: [HeadlessBrowser.Look] = []
      for (width, isDark) in ways {
        let look = try browser.look(
          at: path, width: width, isDark: isDark, withPicture: isWhole || directory != nil)
        #expect(look.scrollWidth == width, "\(name) at \(width) is \(look.scrollWidth) wide")
        #expect(look.height > 1000, "\(name) shows nothing")
        #expect(look.requests == [], "\(name)")
        #expect(look.complaints == [], "\(name)")
        try await keep(look, "\(name)-\(width)-\(isDark ? "dark" : "light")")
        seen.append(look)
      }
      guard seen.count == 4 else { continue }
      #expect(seen[0].background == "rgb(255, 255, 255)" && seen[2].background == seen[0].background)
      #expect(seen[1].background == "rgb(18, 22, 28)" && seen[3].background == seen[1].background)
      #expect(Set(seen.map(\.screenshot)).count == 4)
      #expect(seen.allSatisfy { $0.screenshot.utf8.count > 20_000 })
    }
    // What would show a defect is shown: a page that does ask, complain and run over.
    let bad = try scratch.write(
      "<!DOCTYPE html><img src=\"http://127.0.0.1:9/x.png\"><div style=\"width:2000px\">x</div>"
        + "<script>console.error(\"e\"); missing()</script>", to: "bad.html")
    let look = try browser.look(at: bad, width: 400, isDark: false)
    #expect(look.requests == ["http://127.0.0.1:9/x.png"] && look.scrollWidth > 2000)
    #expect(look.complaints.count >= 2, "\(look.complaints)")
    // And the policy holds: a style and a script that somebody smuggled in have no effect.
    let smuggled = PlanForms(try EtcdScenario.addNode.plan()).html.replacing(
      "</main>",
      with: "<style>body{width:3000px}</style><script>document.body.style.width='3000px'</script></main>")
    let held = try browser.look(at: scratch.write(smuggled, to: "smuggled.html"), width: 400, isDark: false)
    #expect(held.scrollWidth == 400 && held.complaints.count >= 2, "\(held.complaints)")
  }
}
