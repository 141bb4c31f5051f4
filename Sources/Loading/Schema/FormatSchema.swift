package import Model

/// The formats that people write, each with the JSON Schema that its loader tells.
package enum WrittenFormat: String, CaseIterable, Sendable {
  case runbook, system, inventory

  package var schema: Value {
    let recorder = SchemaRecorder()
    let root = recorder.probe()
    read(root, Problems(recorder: recorder))
    var schema: Value.Object = [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": .string("belay \(rawValue)"),
    ]
    for (key, value) in recorder.schema(at: root.location).entries { schema[key] = value }
    return .object(schema)
  }

  /// Lets the loader's own reader tell what it asks for; what it makes of an empty document is of no interest.
  private func read(_ root: YAMLNode, _ problems: Problems) {
    switch self {
    case .runbook:
      let surroundings = RunbookSurroundings(
        templates: { name throws(FileProblem) in
          throw FileProblem("no-such-template", "there is no template \(quoted(name))")
        }, runbooks: noRunbooks)
      let reader = RunbookReader(problems: problems, expectedName: nil, surroundings: surroundings)
      _ = reader.read(root, RunbookContext())
    case .system: _ = SystemReader(problems: problems, expectedName: nil).read(root)
    case .inventory: _ = InventoryReader(path: "", home: nil, problems: problems).read(root)
    }
  }
}
