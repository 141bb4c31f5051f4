/// A text that is neither kept nor shown: printing it, in whatever way, prints dots.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  package init(_ text: String) { self.text = text }

  /// For the one place where it is meant to arrive, and for those who hide it everywhere else.
  package func reveal() -> String { text }

  /// What stands for any secret.
  package static let shown = "••••"
  package var description: String { Secret.shown }
  package var debugDescription: String { Secret.shown }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
