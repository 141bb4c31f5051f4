import Execution
import Loading
import Model
import Report

extension Command {
  private static let formats = WrittenFormat.allCases.map(\.rawValue) + ["plan", "journal"]

  /// What people write comes from the loader, what belay writes from the types it encodes.
  static func jsonSchema(of format: String) throws -> Value? {
    switch format {
    case "plan": try PlanReview.planSchema()
    case "journal": try RunLog.schema()
    default: WrittenFormat(rawValue: format)?.schema
    }
  }

  static let schema = Command(
    name: "schema", usage: formats.joined(separator: "|"),
    summary: "a format as JSON Schema, for editors and other programs", flags: []
  ) { arguments, session in
    guard let name = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageError("belay schema needs one format: \(formats.joined(separator: ", "))")
    }
    guard let schema = try jsonSchema(of: name) else {
      let near = suggestion(for: name, among: formats).map { "; did you mean \"\($0)\"?" } ?? ""
      throw UsageError("there is no format \"\(name)\"\(near); there are \(formats.joined(separator: ", "))")
    }
    session.print(schema.json())
    return .done
  }
}
