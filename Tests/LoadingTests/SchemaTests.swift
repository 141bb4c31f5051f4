import Model
import TestSupport
import Testing

@testable import Loading

/// The schemas are what the readers ask for; these tests hold them against what the readers do.
@Suite struct SchemaTests {
  @Test(arguments: WrittenFormat.allCases)
  func acceptsAllThatIsValid(format: WrittenFormat) async throws {
    let files = try validFiles(format)
    try #require(!files.isEmpty)
    let findings = try await JSONSchemaChecker(format.schema).findings(
      in: files.map { try plainDocument($0) })
    for (file, findings) in zip(files, findings) { #expect(findings == [], "\(file.path)") }
  }

  /// Every mistake of the fixtures that a schema can know is found where it was made.
  @Test(arguments: WrittenFormat.allCases)
  func findsTheMistakesOfTheFixtures(format: WrittenFormat) async throws {
    let files = try fixtureNames(in: "\(format.rawValue == "inventory" ? "inventorie" : format.rawValue)s")
      .map { name in
        // A number too large to be kept is of no interest here.
        let file = try fixture(name)
        return SourceFile(path: name, text: file.text.replacing("9007199254740993", with: "7"))
      }
    let findings = try await JSONSchemaChecker(format.schema).findings(
      in: files.map { try plainDocument($0) })
    var count = 0
    for (file, findings) in zip(files, findings) {
      let places = pathsByPlace(try document(file))
      for diagnostic in diagnostics(of: file, format) where diagnostic.isStructural {
        let paths = diagnostic.location.flatMap { places[Place($0)] } ?? []
        count += 1
        #expect(
          findings.contains { finding in
            paths.contains {
              $0 == finding.path || $0 == finding.path.dropLast() || $0.dropLast() == finding.path
            }
          }, "the schema says nothing of \(diagnostic.location?.description ?? ""): \(diagnostic.message)")
      }
    }
    #expect(count > 5)
  }

  /// Small changes of a valid document: what the loader cannot read is wrong by the schema, and the other way round.
  @Test(arguments: WrittenFormat.allCases)
  func agreesWithTheLoaderOnEveryChange(format: WrittenFormat) async throws {
    let whole = try plainDocument(try #require(try validFiles(format).last))
    let all = mutations(of: whole)
    // Each takes its time in a large runbook: so many, spread over all of it, and others for each format.
    let changed = stride(from: 0, to: all.count, by: max(1, all.count / 200)).map { all[$0] }
    #expect(changed.count > 50)
    let findings = try await JSONSchemaChecker(format.schema).findings(in: changed)
    var refused = 0
    for (document, findings) in zip(changed, findings) {
      let said = diagnostics(of: SourceFile(path: "x.yaml", text: document.json()), format)
      let structural = said.filter(\.isStructural)
      if !structural.isEmpty {
        refused += 1
        #expect(!findings.isEmpty, "\(structural.map(\.message)) in \(document.json())")
      }
      if said.isEmpty { #expect(findings == [], "\(document.json())") }
    }
    #expect(refused > 20)
  }

  /// Expressions of JSON Schema and functions of ours, each saying what a name may be.
  @Test func namesHaveOneMeaning() async throws {
    let pairs: [(pattern: String, isValid: (String) -> Bool)] = [
      (Names.identifierPattern, Names.isIdentifier), (Names.nodeNamePattern, Names.isNodeName),
      (Names.hostPattern, Names.isHost), (Names.userPattern, Names.isUser),
      (Names.kebabPattern, Names.isKebab), (Names.pathPattern, { pathProblem($0) == nil }),
      (Names.durationPattern, { text in Duration(written: text).map { $0 > .zero } ?? false }),
    ]
    var random = SeededRandom(seed: 11)
    let letters = Array("aZ09_.-:%@$ éms\u{0}dh/")
    let names = (0..<1500).map { _ in
      String(
        (0..<Int.random(in: 0...7, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
    }
    let lengths = [63, 64, 65, 252, 253, 254].map { String(repeating: "a", count: $0) }
    let all = names + lengths + ["1d2h3m4s5ms", "0s", "00h1ms", "1000000000s", "999999999s"]
    for (pattern, isValid) in pairs {
      let findings = try await JSONSchemaChecker(["pattern": .string(pattern)])
        .findings(in: all.map { .string($0) })
      for (name, findings) in zip(all, findings) {
        #expect(isValid(name) == findings.isEmpty, "\(name.debugDescription) and \(pattern)")
      }
    }
  }

  /// A reader that says nothing about its schema gets one that fits.
  @Test func isFoundOutByTrying() {
    func schema<T>(_ shape: Shape<T>) -> Value {
      .object(shape.describedSchema(Problems(recorder: SchemaRecorder())))
    }
    let words = Shape<String>("a word, or a mapping with \"a\"") { node, name, problems in
      if case .scalar(let scalar) = node.content { return scalar.text }
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let value = keys.required("a", .string)
      keys.finish()
      return value
    }
    #expect(
      schema(words) == [
        "anyOf": [
          ["type": ["string", "number", "boolean"]],
          [
            "type": "object",
            "properties": ["a": ["type": ["string", "number", "boolean"], "description": "a text"]],
            "required": ["a"], "additionalProperties": false,
          ],
        ], "description": "a word, or a mapping with \"a\"",
      ])
    let anything = Shape<Bool>("anything") { _, _, _ in true }
    #expect(schema(anything) == ["description": "anything"])
    let numbers = Shape<[Int]>("numbers") { node, name, problems in
      guard case .sequence(let nodes) = node.content else {
        problems.mismatch(node, name, expected: "numbers")
        return nil
      }
      return nodes.compactMap { Shape<Int>.int(1...2).read($0, name, problems) }
    }
    #expect(schema(numbers)["type"] == nil)
    #expect(schema(numbers)["anyOf"]?.arrayValue?.last?["items"]?["maximum"] == 2)
    let table = Shape<Int>("a mapping of names") { node, name, problems in
      guard case .mapping(let entries) = node.content else {
        problems.mismatch(node, name, expected: "a mapping of names")
        return nil
      }
      return entries.count
    }
    #expect(schema(table)["type"] == "object")
    func endless() -> Shape<Bool> { Shape("itself") { endless().read($0, $1, $2) } }
    #expect(schema(endless())["description"] == "itself")
  }
}

// MARK: Documents

private let repository = String(
  #filePath.prefix(upTo: #filePath.ranges(of: "/Tests/").last?.lowerBound ?? #filePath.endIndex))

/// What is shipped and what the other tests call valid; the last one is the largest.
private func validFiles(_ format: WrittenFormat) throws -> [SourceFile] {
  let library = RunbookLibrary(directories: ["\(repository)/runbooks"])
  switch format {
  case .runbook:
    return try library.entries().map { try readTextFile($0.path) } + [fixture("worked-example.yaml")]
  case .system:
    let systems = Set(library.entries().compactMap { $0.name.system?.rawValue }).sorted()
    return try systems.map { try readTextFile("\(repository)/runbooks/\($0)/system.yaml") }
      + [fixture("guarded-system.yaml")]
  case .inventory:
    let names = ["etcd"]
    return try names.map { try readTextFile("\(repository)/inventories/\($0).yaml") }
  }
}

private func document(_ file: SourceFile) throws -> YAMLNode {
  try #require(YAMLReader.read(file, Problems()), "\(file.path)")
}

private func plainDocument(_ file: SourceFile) throws -> Value {
  try #require(try document(file).plainValue(file.path, Problems()), "\(file.path)")
}

private func diagnostics(of file: SourceFile, _ format: WrittenFormat) -> [Diagnostic] {
  switch format {
  case .runbook:
    loadRunbook(file, name: nil, templates: { SourceFile(path: $0, text: "") }).diagnostics
  case .system: loadSystem(file).diagnostics
  case .inventory: loadInventory([file], home: "/root").diagnostics
  }
}

extension Diagnostic {
  /// What a schema can know. It takes a mode for what YAML makes of it, a number, and does not know what one key means
  /// for another.
  fileprivate var isStructural: Bool {
    ["unknown-key", "wrong-type", "missing-key", "missing-role", "bad-value", "unknown-effect", "bad-name"]
      .contains(code) && !message.contains("a mode in octal") && !message.contains("no \"choices\"")
      && !message.contains("repeats nothing")
      && !["\"min\"", "\"max\""].contains(where: message.hasPrefix)
  }
}

private struct Place: Hashable {
  let line: Int
  let column: Int
  init(_ location: Model.SourceLocation) {
    line = location.line
    column = location.column
  }
}

/// Keys, values and elements by where they are written; a block mapping begins where its first key does.
private func pathsByPlace(_ node: YAMLNode, _ path: [String] = []) -> [Place: [[String]]] {
  var paths: [Place: [[String]]] = [Place(node.location): [path]]
  func add(_ more: [Place: [[String]]]) { paths.merge(more) { $0 + $1 } }
  switch node.content {
  case .mapping(let entries):
    for entry in entries {
      add([Place(entry.key.location): [path + [entry.key.value]]])
      add(pathsByPlace(entry.value, path + [entry.key.value]))
    }
  case .sequence(let nodes):
    for (index, node) in nodes.enumerated() { add(pathsByPlace(node, path + [String(index)])) }
  case .scalar, .refused: break
  }
  return paths
}

/// The document with one place of it gone, renamed or replaced, for every place.
private func mutations(of value: Value) -> [Value] {
  let strangers: [Value] = [.null, 5, "%", ["a"], ["a": "b"]]
  switch value {
  case .object(let object):
    var results: [Value] = strangers
    for (key, member) in object.entries {
      func changed(_ change: (inout Value.Object) -> Void) -> Value {
        var copy = object
        change(&copy)
        return .object(copy)
      }
      results.append(changed { $0[key] = nil })
      results.append(
        changed {
          $0["\(key)x"] = member; $0[key] = nil
        })
      results += mutations(of: member).map { other in changed { $0[key] = other } }
    }
    return results
  case .array(let elements):
    return strangers
      + elements.indices.flatMap { index in
        mutations(of: elements[index]).map { other in
          var copy = elements
          copy[index] = other
          return .array(copy)
        }
      }
  default: return strangers
  }
}
