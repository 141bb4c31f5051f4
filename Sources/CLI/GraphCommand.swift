import Loading
import Model
import Platform
import Report

/// How `belay graph` can draw.
private enum GraphFormat: String, CaseIterable {
  case text, mermaid, dot, svg
}

extension Flag {
  static let format = Flag(
    name: "format", value: "FORMAT",
    help: "\(GraphFormat.allCases.map(\.rawValue).joined(separator: ", ")) (default text; svg needs graphviz)"
  )
}

extension Command {
  static let graph = Command(
    name: "graph", usage: "RUNBOOK",
    summary: "draw a runbook's steps: what waits for what, and what undoes what",
    flags: [.format]
  ) { arguments, session in
    guard let name = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageError("belay graph needs one runbook; `belay runbooks` lists them")
    }
    let format = try graphFormat(arguments.value(.format) ?? GraphFormat.text.rawValue)
    let graph = RunbookGraph(try session.library.loadRunbook(name).get(session).runbook)
    switch format {
    case .text: session.print(graph.text(paint: session.outputPaint))
    case .mermaid: session.print(graph.mermaid)
    case .dot: session.print(graph.dot)
    case .svg: session.print(try await svg(of: graph))
    }
    return .done
  }

  private static func graphFormat(_ name: String) throws -> GraphFormat {
    if let format = GraphFormat(rawValue: name) { return format }
    let names = GraphFormat.allCases.map(\.rawValue)
    let near = suggestion(for: name, among: names)
    throw UsageError(
      "--format is one of \(names.joined(separator: ", ")), not \"\(name)\""
        + (near.map { "; did you mean \($0)?" } ?? ""))
  }

  private static func svg(of graph: RunbookGraph) async throws -> String {
    let program = Subprocess(
      "dot", ["-Tsvg"], stdin: Array(graph.dot.utf8), outputLimit: 64 << 20, timeout: .seconds(30))
    let result: SubprocessResult
    do {
      result = try await program.run()
    } catch {
      throw Stop(
        .internalError, "graphviz's program \"dot\" is needed to draw SVG: \(error)",
        help: "install it (Debian: apt-get install graphviz), or use --format mermaid or --format dot")
    }
    guard result.isSuccess, !result.stdout.isTruncated else {
      throw Stop(
        .internalError, "graphviz's program \"dot\" could not draw it: \(result.exit)",
        details: result.stderr.text.split(whereSeparator: \.isNewline).map(String.init),
        help: "use --format dot to see what it was given")
    }
    return result.stdout.text
  }
}
