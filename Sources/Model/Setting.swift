/// The kinds of configuration files in which single keys can be changed.
package enum SettingsFormat: String, CaseIterable, Codable, Sendable {
  case toml, json, yaml, ini, env

  /// What a file's name says; nil when it says nothing.
  package init?(fileName: String) {
    let name = fileName.split(separator: "/").last ?? ""
    switch name.split(separator: ".", omittingEmptySubsequences: false).last {
    case "toml": self = .toml
    case "json": self = .json
    case "yaml", "yml": self = .yaml
    case "ini", "cfg", "service", "socket", "timer", "mount": self = .ini
    case "env": self = .env
    default: return nil
    }
  }
}

/// A value that a setting can take.
package enum SettingValue: Codable, Hashable, Sendable {
  case string(String)
  case integer(Int)
  case float(Double)
  case bool(Bool)
  case list([SettingValue])

  /// Nil for what no setting can be: null, mappings and numbers that are none.
  package init?(_ value: Value) {
    switch value {
    case .string(let text): self = .string(text)
    case .bool(let flag): self = .bool(flag)
    case .number(let number):
      guard number.isFinite else { return nil }
      self = Int(exactly: number).map { .integer($0) } ?? .float(number)
    case .array(let elements):
      let values = elements.map { SettingValue($0) }
      guard !values.contains(nil) else { return nil }
      self = .list(values.compactMap { $0 })
    case .null, .object: return nil
    }
  }
}

/// One change of a file's settings.
package struct SettingEdit: Hashable, Sendable {
  package var path: SettingPath
  /// Nil: the key goes away.
  package var value: SettingValue?

  package init(_ path: SettingPath, to value: SettingValue?) {
    self.path = path
    self.value = value
  }
}

/// `storage.path`: the names of tables and, last, of a key. A name that itself has a dot is quoted: `a."b.c".d`.
package struct SettingPath: Hashable, Codable, Sendable, CustomStringConvertible {
  package var names: [String]

  package init(_ names: [String]) { self.names = names }

  /// Nil for a text that names nothing.
  package init?(written text: String) {
    var names: [String] = []
    var rest = text[...]
    while true {
      let name: Substring
      if let quote = rest.first, quote == "\"" || quote == "'" {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: quote) else { return nil }
        name = rest[..<end]
        rest = rest[rest.index(after: end)...]
      } else {
        name = rest.prefix { $0 != "." }
        rest = rest.dropFirst(name.count)
        guard !name.contains(where: { $0 == "\"" || $0 == "'" || $0.isWhitespace }) else { return nil }
      }
      guard !name.isEmpty else { return nil }
      names.append(String(name))
      if rest.isEmpty { break }
      guard rest.removeFirst() == ".", names.count < 32 else { return nil }
    }
    self.names = names
  }

  package var description: String {
    names.map { $0.contains(".") || $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: ".")
  }
}
