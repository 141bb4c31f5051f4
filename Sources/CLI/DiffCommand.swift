import Model
import Planning
import Report

extension Command {
  static let diff = Command(
    name: "diff", usage: "PLAN PLAN", summary: "what is different between two saved plans", flags: [.json]
  ) { arguments, session in
    guard arguments.positionals.count == 2 else {
      throw UsageError("belay diff needs two plan files; `belay plan … --out FILE` writes one")
    }
    let sides = try arguments.positionals.map { path in
      let file = try PlanFile.read(path)
      return PlanComparison.Side(file: path, plan: file.plan, digest: file.digest, texts: file.texts)
    }
    let comparison = PlanComparison(sides[0], sides[1])
    session.print(arguments.has(.json) ? comparison.json : comparison.text(paint: session.outputPaint))
    return comparison.areEqual ? .done : .changesPlanned
  }
}
