extension InputType {
  /// What `min` and `max` compare: bytes, seconds, percents or the number itself.
  package func number(_ text: String) -> Double? {
    switch self {
    case .int: Int(text).map(Double.init)
    case .duration: Duration(written: text)?.inSeconds
    case .size: (ByteCount(written: text)?.bytes).map(Double.init)
    case .percent: Percentage(written: text)?.percent
    default: nil
    }
  }

  /// A value as queries and references see it; nil when the text is none. Nodes and secrets are no plain values.
  package func plainValue(_ text: String) -> Value? {
    switch self {
    case .string, .cluster: .string(text)
    case .choice(let choices): choices.contains(text) ? .string(text) : nil
    case .duration: Duration(written: text) == nil ? nil : .string(text)
    case .bool: ["true": .bool(true), "false": .bool(false)][text]
    case .int, .size, .percent: number(text).map { .number($0) }
    case .node, .nodes, .secret: nil
    }
  }
}
