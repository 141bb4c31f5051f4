import Model

/// The rules of `Names` as regular expressions of JSON Schema; a test holds each pair together.
extension Names {
  static let identifierPattern = "^[A-Za-z_][A-Za-z0-9_]{0,63}$"
  static let nodeNamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$"
  static let hostPattern = "^[A-Za-z0-9:][A-Za-z0-9._:%-]{0,252}$"
  static let userPattern = "^[A-Za-z0-9_][A-Za-z0-9._@$-]{0,63}$"
  static let kebabPattern = "^(?=.{1,64}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$"
  static let runbookNamePattern =
    "^(?=[^/]{1,64}(/[^/]{1,64})?$)[a-z][a-z0-9]*(-[a-z0-9]+)*(/[a-z][a-z0-9]*(-[a-z0-9]+)*)?$"
  /// Not zero: some digit is another.
  static let durationPattern =
    "^(?=.*[1-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"
  /// Two names deep or more, without anything that a shell or `..` could make another path of.
  static let pathPattern =
    "^(/(?!\\.{1,2}(/|$))[^/*?\\[\\]{}$`\\\\\"'\\x00-\\x1f\\x7f]+){2,}$"
  /// `${input}`, where a value may also come from an input.
  static let referencePattern = "^\\$\\{.*\\}$"

  /// A text that no YAML tool takes for a number.
  static func schema(pattern: String) -> Value.Object { ["type": "string", "pattern": .string(pattern)] }
  /// A text that may look like a number, such as a node called `7`.
  static func scalarSchema(pattern: String) -> Value.Object {
    var schema = SchemaRecorder.scalar
    schema["pattern"] = .string(pattern)
    return schema
  }
}
