package import Model

/// A YAML text as a tree that knows where each of its parts was written.
package struct YAMLNode: Sendable {
  package indirect enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLEntry])
    /// Something already reported, such as an alias: readers pass over it in silence.
    case refused
  }

  package var content: Content
  package var location: SourceLocation

  /// What stands here, in a user's words: the second half of "expected …, found …".
  package var found: String {
    switch content {
    case .scalar(let scalar) where scalar.isNull: "nothing"
    case .scalar(let scalar): "\(quoted(scalar.text))"
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .refused: "something refused"
    }
  }

  var isRefused: Bool { if case .refused = content { true } else { false } }
}

package struct YAMLEntry: Sendable {
  package var key: Located<String>
  package var value: YAMLNode
}

/// A scalar as written: its type is decided by whoever reads it, so `run: true` stays the command `true`.
package struct YAMLScalar: Sendable {
  package var text: String
  /// Neither quoted nor a block.
  package var isPlain: Bool
  package var layout: ScalarText.Layout

  package var isNull: Bool { isPlain && ["", "null", "Null", "NULL", "~"].contains(text) }
}

/// A short, quoted form of a text for use inside a sentence.
func quoted(_ text: String) -> String {
  let limit = 60
  let line = text.prefix { !$0.isNewline }
  let isCut = line.count > limit || line.endIndex < text.endIndex
  return "\"\(line.prefix(limit))\(isCut ? "…" : "")\""
}
