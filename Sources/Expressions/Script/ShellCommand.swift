/// A simple command of a script: a program and its words, with the place of each in the text.
package struct ShellCommand: Sendable {
  /// What joins a command to the one behind it.
  package enum Link: Sendable { case end, background, and, or, pipe }

  /// A loop around a command.
  package struct Loop: Hashable, Sendable {
    /// `while`, `until` or `for`.
    package var keyword: String
    package var offset: Int
    /// Whether the command is the loop's question rather than its body.
    package var isCondition: Bool
  }

  package struct Assignment: Sendable {
    package var name: String
    package var value: Word
  }

  package struct Redirection: Sendable {
    /// The number before the operator.
    package var descriptor: Int?
    package var operation: String
    package var target: Word
  }

  package var assignments: [Assignment] = []
  package var words: [Word] = []
  package var redirections: [Redirection] = []
  /// The text of a here-document, with its references as written.
  package var document: String?
  package var link: Link = .end
  /// Whether what the command before it prints goes into it.
  package var readsPipe = false
  /// Outermost first.
  package var loops: [Loop] = []
  /// A question, as in `if …` or `! …`: its failure is an answer.
  package var isTested = false
  /// Commands in `$(…)` inside its words.
  package var inner: [ShellCommand] = []

  var openDocuments = 0

  package var writesPipe: Bool { link == .pipe }

  var isEmpty: Bool { words.isEmpty && assignments.isEmpty && redirections.isEmpty && openDocuments == 0 }
}

extension ShellCommand {
  /// A part of a word that is of one kind.
  package struct Piece: Sendable {
    package enum Kind: Hashable, Sendable {
      case text(String)
      /// `$name`; guarded when it fails or falls back where nothing is set, as `$${name:?}` does.
      case variable(name: String, isGuarded: Bool)
      case reference(Reference)
      /// What a command in `$(…)` prints.
      case output
      case arithmetic
    }
    package var kind: Kind
    package var isQuoted: Bool
  }

  package struct Word: Sendable {
    package var pieces: [Piece]
    /// What the shell makes of it, with expansions as they are written.
    package var text: String
    /// Its bytes in the author's text.
    package var range: Range<Int>
    /// Its bytes in the script it was read from, which may be a word of another.
    var rawRange: Range<Int>

    package var isLiteral: Bool {
      pieces.allSatisfy { if case .text = $0.kind { true } else { false } }
    }

    /// Literal and without any quote: what the shell looks at for keywords.
    package var isPlain: Bool { isLiteral && !pieces.contains(where: \.isQuoted) }

    package var references: [Reference] {
      pieces.compactMap { if case .reference(let reference) = $0.kind { reference } else { nil } }
    }

    /// The names of the shell variables in it.
    package var variables: [String] {
      pieces.compactMap { if case .variable(let name, _) = $0.kind { name } else { nil } }
    }
  }
}
