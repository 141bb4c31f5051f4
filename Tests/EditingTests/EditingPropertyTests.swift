import Editing
import Model
import TestSupport
import Testing

/// Random edits of odd texts, held against the parsers that people use.
@Suite struct EditingPropertyTests {
  @Test(arguments: SettingsFormat.allCases) func onlyTheNamedKeyChanges(_ format: SettingsFormat) async throws
  {
    var random = SeededRandom.fresh()
    let seed = random.seed
    let texts = sampleTexts[format] ?? []
    let before = try await ParserOracle.ask(texts.map { .init(format: format, text: $0) })
    var cases: [Case] = []
    for (text, value) in zip(texts, before) {
      let value = try #require(value, "the parser refuses \(text)")
      for _ in 0..<30 {
        let path = randomPath(in: value, format, &random)
        let new = randomValue(format, &random)
        if let found = try check(text, value, format, path, new, seed: seed) { cases.append(found) }
      }
    }
    // Enough of them must have been possible, or the test tests nothing.
    #expect(cases.count > texts.count * 12, "seed \(seed)")
    let after = try await ParserOracle.ask(cases.map { .init(format: format, text: $0.text) })
    for (made, value) in zip(cases, after) {
      // A table of TOML that only its entries imply goes with the last of them.
      let isRight =
        format == .toml
        ? value?.withoutEmptyTables == made.expected.withoutEmptyTables : value == made.expected
      #expect(
        isRight,
        "seed \(seed): \(made.what) gives \(value?.json() ?? "no settings")\n\(made.before)\n---\n\(made.text)"
      )
    }
  }

  private struct Case {
    var what: String
    var before: String
    var text: String
    var expected: Value
  }

  /// The text after the edit, or nil for one that is refused; what needs no parser is checked at once.
  private func check(
    _ text: String, _ value: Value, _ format: SettingsFormat, _ path: [String], _ new: SettingValue?,
    seed: UInt64
  ) throws -> Case? {
    let edit = SettingEdit(SettingPath(path), to: new)
    let what = "\(path) to \(new.map { "\($0)" } ?? "nothing")"
    guard let changed = try? editSettings(text, as: format, [edit]) else { return nil }
    #expect(
      try editSettings(changed, as: format, [edit]) == changed, "seed \(seed): \(what) twice in\n\(text)")
    let comments = text.split(separator: "\n").filter { $0.hasPrefix("#") }
    for comment in comments { #expect(changed.contains(comment), "seed \(seed): \(what) loses \(comment)") }
    let expected = new.map { value.setting(path[...], to: $0.plain(in: format)) } ?? value.removing(path[...])
    return Case(what: what, before: text, text: changed, expected: expected)
  }

  @Test(arguments: SettingsFormat.allCases) func removingWhatWasAddedGivesTheSameSettings(
    _ format: SettingsFormat
  )
    async throws
  {
    let texts = sampleTexts[format] ?? []
    let paths = format == .env ? [["NEW"]] : [["new", "key"], ["new"]]
    var questions: [ParserOracle.Question] = []
    for text in texts {
      let added = SettingEdit(SettingPath(paths[0]), to: .integer(1))
      let removed = SettingEdit(SettingPath(paths[paths.count - 1]), to: nil)
      let back = try editSettings(text, as: format, [added, removed])
      questions += [.init(format: format, text: text), .init(format: format, text: back)]
    }
    let answers = try await ParserOracle.ask(questions)
    for index in texts.indices {
      #expect(answers[index * 2] != nil)
      #expect(answers[index * 2] == answers[index * 2 + 1], "\(questions[index * 2 + 1].text)")
    }
  }

  /// Damaged texts: whatever is accepted is still read by the real parser.
  @Test(arguments: [SettingsFormat.toml, .json, .yaml]) func damageIsNeverMadeWorse(_ format: SettingsFormat)
    async throws
  {
    var random = SeededRandom.fresh()
    let seed = random.seed
    let pieces = [
      "\"", "'", "[", "]", "{", "}", "\n", ":", ": ", "=", "#", " #", "- ", "  ", "\t", "\\", "|", "&a ",
      "*a", ",", "a", "0",
    ]
    var questions: [ParserOracle.Question] = []
    for text in sampleTexts[format] ?? [] {
      for _ in 0..<50 {
        var bytes = Array(text.utf8)
        let place = Int.random(in: 0...bytes.count, using: &random)
        bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
        let damaged = String(decoding: bytes, as: UTF8.self)
        let edit = SettingEdit(SettingPath(["zz"]), to: .integer(1))
        guard let changed = try? editSettings(damaged, as: format, [edit]) else { continue }
        questions += [.init(format: format, text: damaged), .init(format: format, text: changed)]
      }
    }
    let answers = try await ParserOracle.ask(questions)
    for index in stride(from: 0, to: questions.count, by: 2) {
      // What its own parser refuses, nobody can break.
      guard let before = answers[index] else { continue }
      let isRight = answers[index + 1] == before.setting(["zz"], to: 1)
      #expect(
        isRight,
        "seed \(seed)\n\(questions[index].text)\n---\n\(questions[index + 1].text)")
    }
  }

  // MARK: Random edits

  private func randomPath(in value: Value, _ format: SettingsFormat, _ random: inout SeededRandom) -> [String]
  {
    var path: [String] = []
    var value = value
    let depth = format == .env ? 1 : format == .ini ? 2 : Int.random(in: 1...4, using: &random)
    while path.count < depth {
      let keys = value.objectValue?.keys ?? []
      let isNew = keys.isEmpty || Int.random(in: 0..<4, using: &random) == 0
      let fresh = ["fresh", "other_1"] + (format == .env || format == .ini ? [] : ["a b", "x.y", "é", "1"])
      let name = (isNew ? fresh : keys).randomElement(using: &random) ?? "fresh"
      path.append(name)
      value = value[name] ?? .null
      if value.objectValue == nil, value != .null { break }
    }
    return path
  }

  private func randomValue(_ format: SettingsFormat, _ random: inout SeededRandom) -> SettingValue? {
    let texts = [
      "", " ", "plain", "two words", "it's", "a\"b", "back\\slash", "#no comment", "x # y", "a: b", "yes",
      "null", "~", "1e3",
      "0x1F", "2020-01-01", "12:30:00", "- a", "[x]", "{y}", "é\u{1F600}", "${x}", "$(id)", "`id`", "%d",
      "a\nb", "tab\there",
      "http://a:80/x?y=1&z", "*star", "&and", "!bang", "trailing ", "a\u{85}b", "\u{2028}", "x\u{80}",
      "\u{FEFF}y", "\u{A0}nbsp", "del\u{7F}", "\u{301}", "\\", "=", "'", "\"\"\"", "012", "1_000",
      ".5", "+1", "on",
    ]
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return nil
    case 1: return .integer(Int.random(in: -5...70_000, using: &random))
    case 2: return .float([0.5, -1.25, 1e20, 1e-7, 3.0].randomElement(using: &random) ?? 0.5)
    case 3: return .bool(Bool.random(using: &random))
    case 4 where format != .ini && format != .env:
      return .list([.string("a"), .integer(1), .string(texts.randomElement(using: &random) ?? "")])
    default: return .string(texts.randomElement(using: &random) ?? "")
    }
  }
}

extension SettingValue {
  /// What the parsers see: files without types hold texts.
  fileprivate func plain(in format: SettingsFormat) -> Value {
    let isTyped = format != .ini && format != .env
    switch self {
    case .string(let text): return .string(text)
    case .integer(let number): return isTyped ? .number(Double(number)) : .string("\(number)")
    case .float(let number): return isTyped ? .number(number) : .string(jsonNumber(number))
    case .bool(let flag): return isTyped ? .bool(flag) : .string("\(flag)")
    case .list(let elements): return .array(elements.map { $0.plain(in: format) })
    }
  }
}

extension Value {
  fileprivate func setting(_ path: ArraySlice<String>, to value: Value) -> Value {
    guard let name = path.first else { return value }
    var object = objectValue ?? [:]
    object[name] = (object[name] ?? .null).setting(path.dropFirst(), to: value)
    return .object(object)
  }

  fileprivate var withoutEmptyTables: Value? {
    guard let object = objectValue else { return self }
    let entries = object.entries.compactMap { entry in
      entry.value.withoutEmptyTables.map { (entry.key, $0) }
    }
    return entries.isEmpty ? nil : .object(Object(entries))
  }

  fileprivate func removing(_ path: ArraySlice<String>) -> Value {
    guard let name = path.first, var object = objectValue, let inner = object[name] else { return self }
    object[name] = path.count == 1 ? nil : inner.removing(path.dropFirst())
    return .object(object)
  }
}
