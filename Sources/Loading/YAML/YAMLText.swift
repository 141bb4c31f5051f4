import Model

/// The largest file that is read at all.
let fileSizeLimit = 4 << 20

/// The file's text when YAML can hold it; otherwise nil, and the reason in `problems`.
func checkedYAMLText(_ file: SourceFile, _ problems: Problems) -> String? {
  let start = SourceLocation(file: file.path, line: 1, column: 1)
  guard file.text.utf8.count <= fileSizeLimit else {
    problems.error("too-large", "the file is larger than \(fileSizeLimit >> 20) MiB", at: start)
    return nil
  }
  var place = start
  var previous: Unicode.Scalar = " "
  for scalar in file.text.unicodeScalars {
    guard isAllowedInYAML(scalar) else {
      problems.report(forbidden(scalar, at: place))
      return nil
    }
    if isLineBreak(scalar) {
      if !(scalar == "\n" && previous == "\r") { place.line += 1 }
      place.column = 1
    } else {
      place.column += 1
    }
    previous = scalar
  }
  return file.text
}

private func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
  default: false
  }
}

private func isAllowedInYAML(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
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
