import Model
import TestSupport
import Testing

/// Saved plans as their reviewers see them, without a cluster: shown, compared, and timed by earlier runs.
@Suite struct PlanFormTests {
  private func belay() throws -> BelayProgram {
    let belay = try BelayProgram()
    try write(to: belay)
    return belay
  }

  private func write(_ change: (String) -> String = { $0 }, to belay: BelayProgram) throws {
    _ = try belay.scratch.write(
      change(
        """
        runbook: local
        summary: Leave a mark on this machine.
        inputs: { mark: { type: string, default: one } }
        steps:
          leave:
            act: Leave it
            at: controller
            run: touch mark-${mark}
            rollback: { run: "rm mark-${mark}" }
          seen:
            verify: It is there
            at: controller
            run: test -e mark-${mark}

        """), to: "local.yaml")
  }

  @Test func aSavedPlanIsShownInEachForm() async throws {
    let belay = try belay()
    let planned = try await belay.run("plan", "./local.yaml", "--out", "a.plan")
    #expect(planned.exit == 0, "\(planned)")
    let shown = try await belay.run("show", "a.plan")
    #expect(shown.exit == 0 && shown.out == planned.out, "\(shown)")
    let markdown = try await belay.run("show", "./a.plan", "--markdown")
    #expect(markdown.exit == 0 && markdown.out.hasPrefix("## Plan: `local`\n"), "\(markdown)")
    let html = try await belay.run("show", "a.plan", "--html")
    #expect(html.exit == 0 && html.out.hasPrefix("<!DOCTYPE html>\n"), "\(html)")
    let json = try JSONReader.parse(try await belay.run("show", "a.plan", "--json").out)
    #expect(json["runbook"]?.stringValue == "local" && json["format"]?.intValue == 1)
    let file = try JSONReader.parse(try FixtureFiles.read(belay.scratch.path(of: "a.plan")))
    #expect(json["review"]?["digest"] == file["digest"])
    #expect(try await belay.run("plan", "./local.yaml", "--html").out == html.out)

    let both = try await belay.run("plan", "./local.yaml", "--html", "--json")
    #expect(both.exit == 2 && both.err.contains("--json and --html"), "\(both)")
    let edited = file.json().replacing("mark-one", with: "mark-two")
    _ = try belay.scratch.write(edited, to: "edited.plan")
    let refused = try await belay.run("show", "edited.plan")
    #expect(refused.exit == 3 && refused.err.contains("changed after it was made"), "\(refused)")
  }

  @Test func twoPlansAreCompared() async throws {
    let belay = try belay()
    _ = try await belay.run("plan", "./local.yaml", "--out", "a.plan")
    _ = try await belay.run("plan", "./local.yaml", "--out", "same.plan")
    let same = try await belay.run("diff", "a.plan", "same.plan")
    #expect(same.exit == 0 && same.out.hasPrefix("The plans are the same. Digest "), "\(same)")

    try write(
      {
        $0.replacing("test -e", with: "test -f")
          + "  more:\n    verify: More\n    at: controller\n    run: 'true'\n"
      }, to: belay)
    _ = try await belay.run("plan", "./local.yaml", "--set", "mark=two", "--out", "b.plan")
    let other = try await belay.run("diff", "a.plan", "b.plan")
    #expect(other.exit == 20, "\(other)")
    for text in [
      "~ input mark was one and is two", "local.yaml was edited", "- @controller touch mark-one",
      "+ @controller touch mark-two", "- undo @controller rm mark-one", "- @controller test -e mark-one",
      "+ @controller test -f mark-two", "+ step more", "a.plan: local, digest ", "b.plan: local, digest ",
    ] {
      #expect(other.out.contains(text), "\(text): \(other)")
    }
    let json = try JSONReader.parse(try await belay.run("diff", "a.plan", "b.plan", "--json").out)
    #expect(json["format"] == 1 && json["equal"] == false && json["old"]?["digest"] != json["new"]?["digest"])
    let about = (json["differences"]?.arrayValue ?? []).compactMap { $0["about"]?.stringValue }
    #expect(about == ["source", "input", "step", "step", "step"], "\(json.json())")
    #expect(try await belay.run("diff", "a.plan").exit == 2)
    #expect(try await belay.run("diff", "a.plan", "local.yaml").exit == 3)
  }

  @Test func earlierRunsTellHowLongItTakes() async throws {
    let belay = try belay()
    #expect(try await !belay.run("plan", "./local.yaml").out.contains("earlier run"))
    #expect(try await belay.run("run", "./local.yaml", "--yes").exit == 0)
    _ = try belay.scratch.write("no journal\n", to: ".belay/runs/20200101-000000-aaaa.jsonl")
    let planned = try await belay.run("plan", "./local.yaml", "--set", "mark=two")
    #expect(planned.out.contains("takes: about less than 1 s, judging by 1 earlier run"), "\(planned)")
    #expect(planned.out.contains("took: less than 1 s in 1 earlier run"), "\(planned)")
    let run = try await belay.run("show", "last")
    #expect(run.exit == 0 && run.out.hasPrefix("Run "), "\(run)")
    let noForm = try await belay.run("show", "last", "--html")
    #expect(noForm.exit == 2 && noForm.err.contains("forms of a saved plan"), "\(noForm)")
  }
}
