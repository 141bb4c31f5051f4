/// Pieces of HTML in which no text can become markup: it goes in by `text` only, as content or as a quoted attribute.
enum HTML {
  static func text(_ text: String) -> String {
    var result = ""
    for character in visible(text) {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.append(character)
      }
    }
    return result
  }

  /// An element; its content is HTML already.
  static func element(_ name: String, _ style: String = "", _ content: String) -> String {
    "<\(name)\(style.isEmpty ? "" : " class=\"\(style)\"")>\(content)</\(name)>"
  }

  static func tone(_ tone: Paint.Tone?, _ text: String) -> String {
    tone.map { element("span", $0.name, HTML.text(text)) } ?? HTML.text(text)
  }
}

extension Paint.Tone {
  fileprivate var name: String {
    switch self {
    case .error: "bad"
    case .warning: "warn"
    case .good: "good"
    case .strong: "strong"
    case .quiet: "quiet"
    case .dim: "dim"
    }
  }
}
