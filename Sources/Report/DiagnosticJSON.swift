package import Model

extension Diagnostic {
  /// For other programs: one object, with the version of its form in it. Lines and columns count from 1, columns and
  /// lengths in Unicode scalars.
  package var json: Value {
    var object: Value.Object = [
      "format": 1, "severity": .string(severity.rawValue), "code": .string(code), "message": .string(message),
    ]
    place(location, into: &object)
    object["help"] = help.map { .string($0) } ?? .null
    object["notes"] = .array(
      notes.map { note in
        var object: Value.Object = ["message": .string(note.message)]
        place(note.location, into: &object)
        return .object(object)
      })
    return .object(object)
  }

  private func place(_ location: SourceLocation?, into object: inout Value.Object) {
    object["file"] = location.map { .string($0.file) } ?? .null
    for (key, number) in [("line", \SourceLocation.line), ("column", \.column), ("length", \.length)] {
      object[key] = location.map { .number(Double($0[keyPath: number])) } ?? .null
    }
  }
}
