package import Platform

internal import Hashing

/// Who may sign: an allowed-signers file of OpenSSH, read once, so that every signature is held against the same bytes.
package struct AllowedSigners: Sendable {
  package struct Entry: Hashable, Sendable {
    package var line: Int
    package var principals: [String]
    /// The public key in base64, as in `~/.ssh/*.pub`.
    package var key: String
    package var isAuthority: Bool
  }

  package let path: String
  package let bytes: [UInt8]
  package let entries: [Entry]

  package static let sizeLimit = 1 << 20

  package init(path: String) throws(SystemError) {
    self.init(path: path, bytes: try readFile(path, limit: Self.sizeLimit, shared: false))
  }

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    entries = lines.enumerated().compactMap { Entry(line: $0.offset + 1, String($0.element)) }
  }

  package var digest: String { sha256(bytes).hex }

  /// Everybody who is named, once.
  package var principals: [String] {
    let all = entries.flatMap(\.principals)
    return all.enumerated().filter { !all[..<$0.offset].contains($0.element) }.map(\.element)
  }

  package func entries(of key: String) -> [Entry] { entries.filter { $0.key == key && !$0.isAuthority } }
}

extension AllowedSigners.Entry {
  /// `principals [options] type key [comment]`; nil for a line that names no key. Only for choosing keys and for
  /// messages: which signature counts is ssh-keygen's to say.
  init?(line number: Int, _ text: String) {
    let words = AllowedSigners.words(text)
    guard words.count >= 3, words[0].first != "#",
      let key = words.firstIndex(where: { $0.hasPrefix("AAAA") }),
      key >= 2
    else { return nil }
    line = number
    principals = words[0].split(separator: ",").map(String.init)
    self.key = words[key]
    isAuthority = words[1..<key].contains { $0.split(separator: ",").contains("cert-authority") }
  }
}

extension AllowedSigners {
  /// Blanks between double quotes separate nothing.
  fileprivate static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case " ", "\t":
        if isQuoted {
          word.append(character)
        } else if !word.isEmpty {
          words.append(word)
          word = ""
        }
      default: word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }
}

/// A pattern stands for many people: whoever signs under one is nobody in particular.
package func namesOnePerson(_ principal: String) -> Bool {
  !principal.isEmpty && !principal.contains { "*?!".contains($0) }
}
