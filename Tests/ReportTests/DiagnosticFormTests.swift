import Model
import Report
import TestSupport
import Testing

/// What other programs get of a diagnostic.
@Suite struct DiagnosticFormTests {
  private typealias Place = Model.SourceLocation

  private let full = Diagnostic(
    .error, "two-roles", "it is both \"act\" and \"verify\"",
    at: Place(file: "books/etcd/a b%.yaml", line: 7, column: 3, length: 6), help: "make it two steps",
    notes: [
      .init("the other role", at: Place(file: "/elsewhere/x.yaml", line: 9, column: 1, length: 4)),
      .init("roles are few"),
    ])
  private let bare = Diagnostic(.warning, "too-many-problems", "3 more")

  @Test func jsonHoldsAllOfIt() throws {
    #expect(
      full.json == [
        "format": 1, "severity": "error", "code": "two-roles", "message": "it is both \"act\" and \"verify\"",
        "file": "books/etcd/a b%.yaml", "line": 7, "column": 3, "length": 6, "help": "make it two steps",
        "notes": [
          ["message": "the other role", "file": "/elsewhere/x.yaml", "line": 9, "column": 1, "length": 4],
          ["message": "roles are few", "file": .null, "line": .null, "column": .null, "length": .null],
        ],
      ])
    #expect(bare.json["file"] == .null && bare.json["help"] == .null && bare.json["notes"] == [])
    #expect(try JSONReader.parse(full.json.json()) == full.json)
  }

  @Test func sarifSaysWhere() throws {
    let run = try #require(
      sarif([full, bare, full], version: "1.2.3", directory: "/home/me/books")["runs"]?.arrayValue?.first)
    let results = try #require(run["results"]?.arrayValue)
    #expect(results.count == 3)
    #expect(
      results[0] == [
        "ruleId": "two-roles", "ruleIndex": 1, "level": "error",
        "message": ["text": "it is both \"act\" and \"verify\"\nmake it two steps\nroles are few"],
        "locations": [
          [
            "physicalLocation": [
              "artifactLocation": ["uri": "books/etcd/a%20b%25.yaml"],
              "region": ["startLine": 7, "startColumn": 3, "endColumn": 9],
            ]
          ]
        ],
        "relatedLocations": [
          [
            "id": 1, "message": ["text": "the other role"],
            "physicalLocation": [
              "artifactLocation": ["uri": "file:///elsewhere/x.yaml"],
              "region": ["startLine": 9, "startColumn": 1, "endColumn": 5],
            ],
          ]
        ],
      ])
    #expect(results[1]["level"] == "warning" && results[1]["locations"] == nil)
    let rules = try #require(run["tool"]?["driver"]?["rules"]?.arrayValue)
    #expect(rules.map { $0["id"] } == ["too-many-problems", "two-roles"])
  }

  @Test(arguments: [
    ("a.yaml", "a.yaml"), ("./a.yaml", "a.yaml"), ("/home/me/x/../a.yaml", "a.yaml"),
    ("x/../../me/a.yaml", "a.yaml"),
    ("../a.yaml", "file:///home/a.yaml"), ("/home/me2/a.yaml", "file:///home/me2/a.yaml"),
    ("é#?.yaml", "%C3%A9%23%3F.yaml"),
  ])
  func urisAreRelativeToTheDirectory(path: String, uri: String) throws {
    let place = Place(file: path, line: 1, column: 1)
    let value = sarif([Diagnostic(.error, "x", "y", at: place)], version: "1", directory: "/home/me")
    let result = value["runs"]?.arrayValue?.first?["results"]?.arrayValue?.first
    let location = result?["locations"]?.arrayValue?.first?["physicalLocation"]
    #expect(location?["artifactLocation"]?["uri"] == .string(uri))
  }

  /// The parts of the SARIF 2.1.0 specification that belay uses, as a schema.
  @Test func sarifIsWellFormed() async throws {
    let text: Value = [
      "type": "object", "required": ["text"], "properties": ["text": ["type": "string", "minLength": 1]],
    ]
    let number: Value = ["type": "integer", "minimum": 1]
    let place: Value = [
      "type": "object", "required": ["artifactLocation"], "additionalProperties": false,
      "properties": [
        "artifactLocation": [
          "type": "object", "required": ["uri"],
          "properties": ["uri": ["type": "string", "pattern": "^[A-Za-z0-9._~%/:-]+$"]],
        ],
        "region": [
          "type": "object", "additionalProperties": false, "required": ["startLine"],
          "properties": ["startLine": number, "startColumn": number, "endColumn": number],
        ],
      ],
    ]
    let location: Value = [
      "type": "object", "additionalProperties": false,
      "properties": ["id": ["type": "integer", "minimum": 0], "message": text, "physicalLocation": place],
    ]
    let locations: Value = ["type": "array", "items": location]
    let level: Value = ["enum": ["none", "note", "warning", "error"]]
    let rule: Value = [
      "type": "object", "required": ["id"], "additionalProperties": false,
      "properties": [
        "id": ["type": "string"], "shortDescription": text,
        "defaultConfiguration": ["type": "object", "properties": ["level": level]],
      ],
    ]
    let result: Value = [
      "type": "object", "required": ["message", "ruleId"], "additionalProperties": false,
      "properties": [
        "ruleId": ["type": "string"], "ruleIndex": ["type": "integer", "minimum": 0], "level": level,
        "message": text, "locations": locations, "relatedLocations": locations,
      ],
    ]
    let run: Value = [
      "type": "object", "required": ["tool", "results"], "additionalProperties": false,
      "properties": [
        "tool": [
          "type": "object", "required": ["driver"],
          "properties": [
            "driver": [
              "type": "object", "required": ["name"],
              "properties": [
                "name": ["type": "string"], "version": ["type": "string"],
                "rules": ["type": "array", "uniqueItems": true, "items": rule],
              ],
            ]
          ],
        ],
        "columnKind": ["enum": ["utf16CodeUnits", "unicodeCodePoints"]],
        "results": ["type": "array", "items": result],
      ],
    ]
    let schema: Value = [
      "type": "object", "required": ["version", "runs"], "additionalProperties": false,
      "properties": [
        "$schema": ["type": "string"], "version": ["const": "2.1.0"],
        "runs": ["type": "array", "items": run],
      ],
    ]
    let documents = [[full, bare], [], [bare]].map { sarif($0, version: "1", directory: "/") }
    let findings = try await JSONSchemaChecker(schema).findings(in: documents)
    #expect(findings == [[], [], []])
  }
}
