import Glibc

func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator: true
  default: false
  }
}

/// Text that came from a server or a file, made safe for a terminal: one line, of bounded length.
func printable(_ text: String, limit: Int = 200) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars.prefix(limit) {
    result.append(isControl(scalar) ? "?" : scalar)
  }
  return String(result) + (text.unicodeScalars.count > limit ? "…" : "")
}

/// A word for a shell command that a person is told to type.
func shellWord(_ text: String) -> String {
  let isPlain = text.unicodeScalars.allSatisfy {
    ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
      || "-_./:@,+~".unicodeScalars.contains($0)
  }
  if isPlain && !text.isEmpty { return text }
  return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
}

/// `~/` is the home directory, as in ssh's own settings.
func expandingHome(_ path: String) -> String {
  guard path.hasPrefix("~/"), let home = unsafe getenv("HOME") else { return path }
  return unsafe String(cString: home) + path.dropFirst()
}

func errnoText(_ code: Int32) -> String {
  unsafe String(cString: strerror(code))
}

/// For sentences such as “within 10 s”.
func seconds(_ duration: Duration) -> String {
  let milliseconds = duration.milliseconds
  return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
}

extension Duration {
  /// Saturated, so that an absurd time limit cannot overflow anything.
  var milliseconds: Int {
    let bounded = min(max(self, .seconds(-1_000_000_000)), .seconds(1_000_000_000))
    let (seconds, attoseconds) = bounded.components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
