package import Model
internal import Platform

/// Holds documents against a JSON Schema as the rest of the world reads it: with Python's jsonschema, which also holds
/// the schema against the draft it names.
package struct JSONSchemaChecker: Sendable {
  package struct Finding: Hashable, Sendable {
    /// Where in the document: keys and numbers. A key that is missing or too many is the last of them.
    package var path: [String]
    package var message: String
  }

  private let schema: Value

  package init(_ schema: Value) { self.schema = schema }

  /// What is wrong with each of the documents; throws when the schema itself is wrong or jsonschema is not installed.
  package func findings(in documents: [Value]) async throws -> [[Finding]] {
    let input: Value = ["schema": schema, "documents": .array(documents)]
    let result = try await Subprocess(
      "/usr/bin/python3", ["-c", Self.script], stdin: Array(input.json().utf8), outputLimit: 64 << 20
    ).run()
    guard result.isSuccess else {
      throw FixtureError(
        "Debian's python3-jsonschema (`scripts/install-dependencies test`) says: \(result.stderr.text)")
    }
    let lists = try JSONReader.parse(result.stdout.bytes).arrayValue ?? []
    guard lists.count == documents.count else { throw FixtureError("not every document was checked") }
    return lists.map { list in
      (list.arrayValue ?? []).map { finding in
        Finding(
          path: (finding["path"]?.arrayValue ?? []).map { $0.stringValue ?? $0.json() },
          message: finding["message"]?.stringValue ?? "")
      }
    }
  }

  private static let script = """
    import json, sys
    from jsonschema import Draft202012Validator as Validator

    def leaves(error):
        path = list(error.absolute_path)
        yield path, error
        if error.validator == "required":
            for key in error.validator_value:
                if key not in error.instance:
                    yield path + [key], error
        elif error.validator == "additionalProperties" and error.validator_value is False:
            for key in error.instance:
                if key not in error.schema.get("properties", {}):
                    yield path + [key], error
        elif "propertyNames" in error.absolute_schema_path:
            yield path + [error.instance], error
        for inner in error.context or []:
            yield from leaves(inner)

    task = json.load(sys.stdin)
    Validator.check_schema(task["schema"])
    validator = Validator(task["schema"])
    json.dump([
        [{"path": [part if isinstance(part, str) else str(part) for part in path], "message": error.message[:500]}
         for top in validator.iter_errors(document) for path, error in leaves(top)]
        for document in task["documents"]
    ], sys.stdout)
    """
}
