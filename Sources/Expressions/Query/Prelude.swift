/// The functions that are best said in the query language itself. Each is read once, when a query first calls one.
enum Prelude {
  static let definitions: [String: String] = {
    var result: [String: String] = [:]
    for (signature, text) in sources { result[signature] = text }
    return result
  }()

  static let compiled: [String: Definition] = {
    var result: [String: Definition] = [:]
    for (signature, text) in sources {
      result[signature] = try? compile(text)
    }
    return result
  }()

  static func compile(_ text: String) throws(QueryError) -> Definition {
    var parser = try QueryParser(text, isPrelude: true)
    return try parser.definitionHead()
  }

  private static let sources: [(String, String)] = [
    ("map_values/1", "def map_values(f): .[] |= f;"),
    ("with_entries/1", "def with_entries(f): to_entries | map(f) | from_entries;"),
    ("in/1", "def in(container): . as $key | container | has($key);"),
    ("inside/1", "def inside(whole): . as $part | whole | contains($part);"),
    ("paths/0", "def paths: path(..) | select(length > 0);"),
    ("paths/1", "def paths(f): . as $all | paths | select(. as $p | $all | getpath($p) | f);"),
    ("leaf_paths/0", "def leaf_paths: paths(scalars);"),
    ("del/1", "def del(f): delpaths([path(f)]);"),
    (
      "combinations/0",
      "def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $y | [$x] + $y end;"
    ),
    ("combinations/1", "def combinations(n): . as $each | [range(n) | $each] | combinations;"),
    (
      "walk/1",
      """
      def walk(f): . as $in
        | if type == "object" then
            reduce keys_unsorted[] as $key ({}; . + {($key): ($in[$key] | walk(f))}) | f
          elif type == "array" then map(walk(f)) | f
          else f end;
      """
    ),
    ("IN/1", "def IN(s): any(s == .; .);"),
    ("IN/2", "def IN(source; s): any(source == s; .);"),
    (
      "INDEX/2",
      """
      def INDEX(stream; key): reduce stream as $row ({};
        .[$row | key | if type == "string" then . else tojson end] |= $row);
      """
    ),
    ("INDEX/1", "def INDEX(key): INDEX(.[]; key);"),
    ("arrays/0", "def arrays: select(type == \"array\");"),
    ("objects/0", "def objects: select(type == \"object\");"),
    ("iterables/0", "def iterables: select(type == \"array\" or type == \"object\");"),
    ("booleans/0", "def booleans: select(type == \"boolean\");"),
    ("numbers/0", "def numbers: select(type == \"number\");"),
    ("strings/0", "def strings: select(type == \"string\");"),
    ("nulls/0", "def nulls: select(. == null);"),
    ("values/0", "def values: select(. != null);"),
    ("scalars/0", "def scalars: select(type != \"array\" and type != \"object\");"),
    ("finites/0", "def finites: select(isfinite);"),
    ("normals/0", "def normals: select(isnormal);"),
    (
      "todate/0", "def todate: todateiso8601;"
    ),
    ("fromdate/0", "def fromdate: fromdateiso8601;"),
    (
      "bsearch/1",
      """
      def bsearch($target): . as $in
        | [0, length]
        | until(.[0] >= .[1];
            ((.[0] + .[1]) / 2 | floor) as $mid
            | if $in[$mid] < $target then [$mid + 1, .[1]] else [.[0], $mid] end)
        | .[0] as $at
        | if $at < ($in | length) and $in[$at] == $target then $at else -1 - $at end;
      """
    ),
  ]
}
