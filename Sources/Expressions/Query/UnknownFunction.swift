internal import Model

/// A name that is called but stands for nothing, and what its author most likely needs.
struct UnknownFunction {
  private let name: String
  private let arity: Int
  private let local: [String]

  init(_ name: String, arity: Int, local: [String]) {
    self.name = name
    self.arity = arity
    self.local = local
  }

  func error(at span: Span) -> QueryError {
    if let reason = Self.outside[name] {
      return QueryError(
        "`\(name)` is outside the part of jq that belay evaluates", at: span,
        help: reason.isEmpty ? nil : reason)
    }
    let arities = knownArities
    if !arities.isEmpty {
      let known = arities.map { $0 == 0 ? "no argument" : $0 == 1 ? "1 argument" : "\($0) arguments" }
      return QueryError(
        "`\(name)` does not take \(arity) argument\(arity == 1 ? "" : "s")", at: span,
        help: "it takes \(known.joined(separator: " or "))")
    }
    let names = (Native.table.keys.map { $0 } + Prelude.definitions.keys).map {
      String($0.prefix { $0 != "/" })
    }
    let near = suggestion(for: name, among: (names + local).sorted())
    return QueryError("there is no function `\(name)`", at: span, help: near.map { "did you mean `\($0)`?" })
  }

  private var knownArities: [Int] {
    (0...4).filter { Native.table["\(name)/\($0)"] != nil || Prelude.definitions["\(name)/\($0)"] != nil }
  }

  /// Parts of jq that are left out, each with why or with what to write instead.
  static let outside: [String: String] = [
    "env": "a query sees no environment: declare an input",
    "input": "a query has one input: `.`",
    "inputs": "a query has one input: `.`",
    "input_filename": "", "input_line_number": "", "debug": "", "stderr": "",
    "halt": "", "halt_error": "write `error(…)`", "get_search_list": "", "builtins": "", "modulemeta": "",
    "strptime": "use fromdateiso8601", "strftime": "use todateiso8601", "strflocaltime": "use todateiso8601",
    "mktime": "use fromdateiso8601", "gmtime": "use todateiso8601", "localtime": "use todateiso8601",
    "tostream": "", "fromstream": "", "truncate_stream": "",
    "JOIN": "", "format": "write `@name`", "recurse_down": "use `..`",
    "trim": "jq 1.6 has none: use sub or gsub", "ltrim": "jq 1.6 has none: use sub",
    "exp10": "write pow(10; .): jq's rounds differently on each machine",
    "rtrim": "jq 1.6 has none: use sub", "abs": "use fabs", "pick": "construct the object: {a, b}",
    "toarray": "write [.]",
  ]
}
