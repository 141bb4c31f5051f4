import Loading
import Model

extension Command {
  static let schema = Command(
    name: "schema", usage: WrittenFormat.allCases.map(\.rawValue).joined(separator: "|"),
    summary: "the JSON Schema of a format, for editors and other tools", flags: []
  ) { arguments, session in
    let names = WrittenFormat.allCases.map(\.rawValue)
    guard let name = arguments.positionals.first, arguments.positionals.count == 1 else {
      throw UsageError("belay schema needs one format: \(names.joined(separator: ", "))")
    }
    guard let format = WrittenFormat(rawValue: name) else {
      let near = suggestion(for: name, among: names)
      throw UsageError(
        "there is no format \"\(name)\"\(near.map { "; did you mean \"\($0)\"?" } ?? ""); there are \(names.joined(separator: ", "))"
      )
    }
    session.print(format.schema.json())
    return .done
  }
}
