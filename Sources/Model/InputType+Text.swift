extension InputType {
  /// What a value for this input must be, when `text` is not; nil when it fits.
  package func mismatch(_ text: String) -> String? {
    switch self {
    case .string, .secret: nil
    case .int: Int(text) == nil ? "a whole number" : nil
    case .bool: ["true", "false"].contains(text) ? nil : "true or false"
    case .duration: Duration(written: text) == nil ? "a duration such as 30s, 2m or 1m30s" : nil
    case .size: ByteCount(written: text) == nil ? "a size such as 10GiB, 500MB or 4096" : nil
    case .percent: Percentage(written: text) == nil ? "a percentage such as 25%" : nil
    case .choice(let choices):
      choices.contains(text) ? nil : "one of \(choices.joined(separator: ", "))"
    case .node: Names.isNodeName(text) ? nil : "a node's name"
    case .nodes: nodeNames(text) == nil ? "nodes' names with commas between them, each once" : nil
    case .cluster: Names.isNodeName(text) ? nil : "a cluster's name"
    }
  }

  /// `n1,n2`: the names in a text for an input of type nodes, or nil when it is none.
  package func nodeNames(_ text: String) -> [String]? {
    let names = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.drop { $0 == " " }.description }
    guard names.allSatisfy(Names.isNodeName), Set(names).count == names.count else { return nil }
    return names
  }
}
