import Platform

/// Where a target's mutations begin: our own runbooks and fixtures, and every input that once broke something.
extension FuzzTarget {
  private static var root: String { Path.normalized("../../..", from: #filePath) }

  /// Named inputs of the target's own: whatever was found is kept here as a regression.
  func corpus() -> [(name: String, bytes: [UInt8])] {
    files(in: "Tests/FuzzTests/Corpus/\(rawValue)")
  }

  func seeds() -> [[UInt8]] { corpus().map(\.bytes) + borrowed().map(\.bytes) }

  private func borrowed() -> [(name: String, bytes: [UInt8])] {
    let outputs = "Tests/ExpressionsTests/Fixtures/outputs"
    switch self {
    case .runbook:
      return files(in: "runbooks/etcd").filter { $0.name != "system.yaml" } + fixtures("runbooks")
    case .system: return files(in: "runbooks/etcd").filter { $0.name == "system.yaml" } + fixtures("systems")
    case .inventory: return files(in: "inventories") + fixtures("inventories")
    case .text: return files(in: outputs)
    case .json, .keys, .table, .prometheus:
      return files(in: outputs).filter { $0.name.hasSuffix(".\(rawValue)") }
    case .lines:
      let pattern = Array("^(?<id>\\w+)[,:] *(?<rest>.*)$\n".utf8)
      return files(in: outputs).map { ($0.name, pattern + $0.bytes) }
    case .query: return lines(of: "Tests/ExpressionsTests/Fixtures/queries.txt")
    case .reference: return files(in: "runbooks/etcd/templates")
    case .shell: return files(in: "runbooks/etcd") + files(in: "runbooks/etcd/templates")
    }
  }

  private func fixtures(_ folder: String) -> [(name: String, bytes: [UInt8])] {
    files(in: "Tests/LoadingTests/Fixtures/\(folder)").filter { $0.name.hasSuffix(".yaml") }
  }

  private func files(in folder: String) -> [(name: String, bytes: [UInt8])] {
    let directory = Path.join(Self.root, folder)
    let names = ((try? listDirectory(directory)) ?? []).sorted()
    return names.compactMap { name in
      (try? readFile(Path.join(directory, name), limit: 1 << 20)).map { (name, $0) }
    }
  }

  private func lines(of file: String) -> [(name: String, bytes: [UInt8])] {
    let bytes = (try? readFile(Path.join(Self.root, file), limit: 1 << 20)) ?? []
    let lines = bytes.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "#") }
    let inputs = lines.filter { $0.starts(with: "< ".utf8) }.map { $0.dropFirst(2) }
    let queries = lines.filter { !$0.starts(with: "< ".utf8) }
    return queries.enumerated().map { index, query in
      let input = inputs.isEmpty ? [] : inputs[index % inputs.count]
      return ("query \(index)", query + [UInt8(ascii: "\n")] + input)
    }
  }

  /// Words that mean something to the target.
  var tokens: [String] {
    let yaml = [
      ": ", "- ", "\n", "  ", "\t", "|", ">", "|+\n", "'", "\"", "{", "}", "[", "]", ", ", "&a ", "*a",
      "!!str ",
      "# ", "---\n", "...\n", "%YAML 1.2\n", "? ", "~", "null", "0x", "1e9", "\u{2028}", "\u{FEFF}",
      "${node.name}",
      "$${", "<<: ", "\\", "\r\n",
    ]
    switch self {
    case .runbook:
      return yaml + [
        "steps:\n", "act: ", "verify: ", "diagnose: ", "run: ", "expect: ", "rollback: ", "at: leader\n",
        "needs: [",
        "each: { peer: members }\n", "within: 2m\n", "effect: { stop: \"${node}\" }\n", "file: { path: /x, ",
        "parse: { lines: '(?<a>.)' }\n", "out: { a: . }\n", "inputs: { node: { type: node } }\n", "when: ",
        "any(members - ${node})", "covered-by: ", "because: x\n",
      ]
    case .system:
      return yaml + ["observe:\n", "ask:\n", "view: ", "identify: ", "node:\n", "timeout: 8s\n", "run: "]
    case .inventory:
      return yaml + [
        "clusters:\n", "nodes:\n", "ssh: { port: 1 }\n", "vars: { a: 1 }\n", "address: ", "system: etcd\n",
        "state: spare\n", "known_hosts: ~/x\n", "connect_timeout: 1s\n",
      ]
    case .query:
      return [
        ".", "[", "]", "{", "}", "(", ")", "|", ",", "//", "?", "..", " as $x | ", "$x", "$node.name", "if ",
        " then ",
        " else ", " end", "reduce .[] as $x (0; ", "foreach ", "def f: ", "def f(g): g | f(g); ", "f", "try ",
        " catch ",
        "\"\\(", ")\"", "@base64 ", "map(", "select(", "test(\"", "limit(3; ", "range(", "recurse", "repeat(",
        "until(",
        "1e308", "-", "*", "/", "%", "==", "and ", "label $out | ", "break $out", "path(", "..|=", "+=",
        "[:1]", "\n",
        "\\u0000", "\\ud83d", "tojson", "fromjson", "splits(\"", "sort_by(.", "error(", "?//", "null", "nan",
        "infinite",
        "implode", "ltrimstr(", "to_entries", "paths", "todate", "\"a\" * 100000", "flatten(", "walk(",
      ]
    case .shell, .reference:
      return [
        "${node.name}", "${", "}", "$${", "$(", ")", "`", "'", "\"", "\\", "<<EOF\n", "<<-'E'\n", "EOF\n",
        "E\n", "\n",
        "|", "&&", ";", "#", "case x in ", "esac", "if ", "fi", "$((", "))", "${x:-", "$'", "--", "2>", "{",
        "~", "*",
        "<(", "[[", "function f {", "\u{E9}", "\t", "in", "do", "done", "!", "<<<",
      ]
    case .prometheus:
      return ["{", "}", "=\"", "\",", "NaN", "+Inf", "# TYPE x histogram\n", "_bucket", " 1 1", "\\\"", "\n"]
    case .json:
      return [
        "{\"a\":", "[", "]", "}", ",", "1e999", "\"\\ud800\"", "\"\\u0000\"", "null", "-", "0", "\n", " ",
      ]
    case .table: return ["  ", "\t", "|", "+---+\n", "\n", "(3 rows)", "NAME", "é", "----"]
    case .keys: return [": ", "=", "\"", "#", "\n", "\r\n", "  "]
    case .lines:
      return [
        "(?<a>", ")", "(a+)+$", "\\b", "[^", "]", "*", "{1,9999}", "\n", "\r\n", "(?=", "\\k<a>", "|",
        "\\p{L}",
      ]
    case .text: return ["\n", "\r", "\u{1B}[31m", "é"]
    }
  }
}
