package import Model
package import Planning

extension PlanReview {
  /// The plan for programs, with the review that the other forms show beside it.
  package func json(of plan: Plan) throws -> String {
    // One more member before the closing brace: reading a large plan back for it would cost more than planning.
    let members = try plan.encoded().dropLast()
    return String(decoding: members + Array(",\"review\":".utf8) + (try canonicalJSON(self)), as: UTF8.self)
      + "}"
  }

  /// Of a plan as `belay plan --json` prints it, and of the file that `--out` writes around one.
  package static func planSchema() throws -> Value {
    var schema = try Plan.schema().objectValue ?? [:]
    let review = Value.object(try TypeSchema(isClosed: true).schema(of: PlanReview.self))
    schema.update("$defs") { definitions in
      var all = definitions.objectValue ?? [:]
      all["review"] = review
      all.update("plan") { plan in
        var members = plan.objectValue ?? [:]
        members.update("properties") { properties in
          var names = properties.objectValue ?? [:]
          names["review"] = ["$ref": "#/$defs/review"]
          properties = .object(names)
        }
        plan = .object(members)
      }
      definitions = .object(all)
    }
    return .object(schema)
  }
}
