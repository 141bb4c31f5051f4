extension Duration {
  /// A duration as people write it: `500ms`, `2s`, `1m30s`, `1h`, `2d`; units from large to small, each once.
  package init?(written text: String) {
    let units: [(name: String, seconds: Int64)] = [
      ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0),
    ]
    var rest = Substring(text)
    var usable = units[...]
    var total = Duration.zero
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      // Nine digits of days stay far from overflow.
      guard !digits.isEmpty, digits.count <= 9, let count = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let index = usable.firstIndex(where: { $0.name == name }) else { return nil }
      total += name == "ms" ? .milliseconds(count) : .seconds(count * usable[index].seconds)
      usable = usable[(index + 1)...]
    }
    guard usable.count < units.count else { return nil }
    self = total
  }
}

extension Duration {
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The shortest way to write it: what `init(written:)` reads, down to milliseconds.
  package var written: String {
    let milliseconds = components.attoseconds / 1_000_000_000_000_000
    let parts = [
      (components.seconds / 3600, "h"), (components.seconds / 60 % 60, "m"), (components.seconds % 60, "s"),
      (milliseconds, "ms"),
    ]
    let text = parts.filter { $0.0 != 0 }.map { "\($0.0)\($0.1)" }.joined()
    return text.isEmpty ? "0s" : text
  }
}
