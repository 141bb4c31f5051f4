package import Model

internal import Platform

/// Diagnostics in the form that code hosting reads: SARIF 2.1.0. `directory` is what relative paths are relative to.
package func sarif(_ diagnostics: [Diagnostic], version: String, directory: String) -> Value {
  let codes = Set(diagnostics.map(\.code)).sorted()
  let places = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, $0) })
  let results: [Value] = diagnostics.map { diagnostic in
    var text = diagnostic.message
    if let help = diagnostic.help { text += "\n\(help)" }
    // A note without a place has nowhere else to be shown.
    for note in diagnostic.notes where note.location == nil { text += "\n\(note.message)" }
    var result: Value.Object = [
      "ruleId": .string(diagnostic.code), "ruleIndex": .number(Double(places[diagnostic.code] ?? 0)),
      "level": .string(diagnostic.severity.rawValue), "message": ["text": .string(text)],
    ]
    if let location = diagnostic.location {
      result["locations"] = [["physicalLocation": physical(location, in: directory)]]
    }
    let related = diagnostic.notes.compactMap { note in note.location.map { (note.message, $0) } }
    if !related.isEmpty {
      result["relatedLocations"] = .array(
        related.enumerated().map { index, note in
          [
            "id": .number(Double(index + 1)), "message": ["text": .string(note.0)],
            "physicalLocation": physical(note.1, in: directory),
          ]
        })
    }
    return .object(result)
  }
  let rules: [Value] = codes.map { code in
    let isError = diagnostics.contains { $0.code == code && $0.severity == .error }
    return [
      "id": .string(code), "shortDescription": ["text": .string(code.replacing("-", with: " "))],
      "defaultConfiguration": ["level": isError ? "error" : "warning"],
    ]
  }
  return [
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
    "runs": [
      [
        "tool": ["driver": ["name": "belay", "version": .string(version), "rules": .array(rules)]],
        "columnKind": "unicodeCodePoints", "results": .array(results),
      ]
    ],
  ]
}

private func physical(_ location: SourceLocation, in directory: String) -> Value {
  [
    "artifactLocation": ["uri": .string(uri(location.file, in: directory))],
    "region": [
      "startLine": .number(Double(max(1, location.line))),
      "startColumn": .number(Double(max(1, location.column))),
      "endColumn": .number(Double(max(1, location.column) + max(1, location.length))),
    ],
  ]
}

/// Relative to the directory where it can be, without `.` and `..`; percent-encoded.
private func uri(_ path: String, in directory: String) -> String {
  let whole = Path.normalized(path, from: Path.isAbsolute(path) ? "/" : directory)
  let parts = whole.split(separator: "/")
  let home = directory.split(separator: "/")
  let encoded = { (parts: ArraySlice<Substring>) in parts.map(percentEncoded).joined(separator: "/") }
  return parts.starts(with: home) ? encoded(parts.dropFirst(home.count)) : "file:///" + encoded(parts[...])
}

private func percentEncoded(_ part: Substring) -> String {
  let plain = "-._~".utf8
  return part.utf8.map { byte in
    let character = Character(Unicode.Scalar(byte))
    if character.isASCII, character.isLetter || character.isNumber || plain.contains(byte) {
      return String(character)
    }
    let digits = String(byte, radix: 16, uppercase: true)
    return "%" + (digits.count == 1 ? "0" : "") + digits
  }.joined()
}
