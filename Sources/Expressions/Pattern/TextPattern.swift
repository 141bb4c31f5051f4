/// A regular expression that a whole text has to match.
package struct TextPattern {
  private let expression: RegularExpression

  package struct Failure: Error, Sendable {
    package var message: String
  }

  package init(_ pattern: String) throws(Failure) {
    do throws(RegularExpression.Failure) {
      // Compiled as it stands first: parentheses that do not match must not find partners among ours.
      _ = try RegularExpression(pattern)
      expression = try RegularExpression("\\A(?:\(pattern))\\z")
    } catch {
      throw Failure(message: error.message)
    }
  }

  /// False also for a text on which the pattern would take too long.
  package func matches(_ text: String) -> Bool {
    (try? expression.firstMatch(in: Array(text.utf8), from: 0, retries: 200_000)) != nil
  }
}
