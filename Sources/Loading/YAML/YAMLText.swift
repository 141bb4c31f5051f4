import Model

/// What a file may hold; each limit is far above what people write, and each is reported with its place.
enum YAMLLimits {
  /// The largest file that is read at all.
  static let fileBytes = 1 << 20
  static let depth = 64
  static let values = 100_000
  /// As long as the longest word that Linux lets a command have.
  static let scalarBytes = 128 << 10
  /// libyaml compares each %TAG with all before it.
  static let directives = 16
}

/// The file's text when YAML can hold it; otherwise nil, and the reason in `problems`.
func checkedYAMLText(_ file: SourceFile, _ problems: Problems) -> String? {
  let bytes = file.text.utf8.span
  guard bytes.count <= YAMLLimits.fileBytes else {
    problems.error(
      "too-large", "the file is larger than \(YAMLLimits.fileBytes >> 20) MiB",
      at: SourceLocation(file: file.path, line: 1, column: 1))
    return nil
  }
  var directives = 0
  var startsLine = true
  var position = 0
  while position < bytes.count {
    let byte = bytes[position]
    if byte < 0x20 || byte >= 0x7F, let scalar = scalar(bytes, position), !isAllowedInYAML(scalar) {
      problems.report(forbidden(scalar, at: file.location(atByte: position)))
      return nil
    }
    if startsLine, byte == UInt8(ascii: "%") {
      directives += 1
      guard directives <= YAMLLimits.directives else {
        problems.error(
          "too-large", "more than \(YAMLLimits.directives) lines that begin with %",
          at: file.location(atByte: position))
        return nil
      }
    }
    startsLine = byte == 0x0A || byte == 0x0D
    position += 1
  }
  return file.text
}

/// The scalar that starts at a byte when it is one that could be forbidden.
private func scalar(_ bytes: Span<UInt8>, _ position: Int) -> Unicode.Scalar? {
  let byte = bytes[position]
  if byte < 0x80 { return Unicode.Scalar(byte) }
  if byte == 0xC2, position + 1 < bytes.count { return Unicode.Scalar(UInt32(bytes[position + 1])) }
  guard byte == 0xEF, position + 2 < bytes.count, bytes[position + 1] == 0xBF else { return nil }
  return Unicode.Scalar(0xFFC0 | UInt32(bytes[position + 2] & 0x3F))
}

private func isAllowedInYAML(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD: true
  default: false
  }
}

private func forbidden(_ scalar: Unicode.Scalar, at place: SourceLocation) -> Diagnostic {
  if scalar.value == 0 {
    return Diagnostic(
      .error, "binary-file", "the file holds a NUL byte, so it is not a text", at: place,
      help: "check the path; a file saved as UTF-16 must be saved as UTF-8")
  }
  let digits = String(scalar.value, radix: 16, uppercase: true)
  let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  return Diagnostic(
    .error, "control-character", "the control character \(name) is not allowed in YAML", at: place,
    help: "remove it, or write it as an escape in a double-quoted text")
}
