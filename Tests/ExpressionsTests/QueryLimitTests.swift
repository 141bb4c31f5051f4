import Expressions
import Glibc
import Model
import Testing

/// No query may hang, crash or fill the memory, whatever it says.
@Suite(.serialized) struct QueryLimitTests {
  @Test(arguments: [
    "def f: f; f", "def f: f, 1; f", "def f: [f]; f", "def f(x): f(x | x); f(.)", "def f: 1 + f; f",
    "def f: {a: f}; f", "def f: \"\\(f)\"; f", "def f: . as $x | f; f", "def f: try f; f",
    "def f: if true then f else 1 end; f", "def f(g): g | f(g); f(.)", "[range(1e9)]", "[range(0; 1; 1e-12)]",
    "\"a\" * 1e9", "\"a\" * 1e300", "[limit(1e12; repeat(1))]", "last(range(1e18))", "until(false; .)",
    "[recurse(.)]", "[recurse([.])]", "reduce range(1e9) as $i (0; . + 1)", "repeat(1)", "[while(true; .)]",
    "reduce range(100) as $i (\"a\"; . + .)", "reduce range(100) as $i ([1]; . + .)",
    "reduce range(100) as $i (1; [., .])", "reduce range(100) as $i (1; [., .]) | tojson",
    "reduce range(20) as $i (1; [., .]) | [., .] | . == .", "reduce range(1e6) as $i (null; [.])",
    "reduce range(1e6) as $i (null; {a: .})", "[range(1e5)] | combinations(3)", ".[1e15] = 1", ".[1e9] = 1",
    "[range(3000)] | [.[] as $a | .[] as $b | $a * $b]", "[range(20000)] - [range(20000)]",
    "reduce range(1e6) as $i (.; .[\"a\\($i)\"] = [range(100)])", "[range(1e5)] | map(tojson) | add * 1000",
    "\"a\" * 1e6 | [range(1e6) as $i | .] | tojson", "\"a\" * 5e6 | [., ., ., ., .] | join(\",\")",
    "\"a\" * 1e6 | . as $s | [range(1e5)] | map($s) | @csv", "\"a\" * 40 | test(\"^(a+)+$b\")",
    "\"a\" * 60 + \"!\" | test(\"^(([a-z])+.)+[A-Z]([a-z])+$\")", "\"a\" * 3e4 | test(\"(a*)*(a*)*(a*)*c\")",
    "\"a\" * 1e5 | [match(\"a\"; \"g\")] | length | . < 0", "\"aaa\" | gsub(\"\"; \"x\")",
    "\"a\" * 1e6 | [scan(\"(?=(a+))\")] | length", "\"x\" | test(\"(\" * 5000 + \")\" * 5000)",
    "[\"a\" * 1e6 | explode[]] | implode * 100",
    "[range(1e5)] | sort_by(-.) | sort_by(.) | [., .] | combinations",
    "getpath([range(1e7)])", "setpath([range(1e4)]; 1)", "[range(1e6)] | [paths]",
    "walk([walk([walk(.)])] | .[0] | [.])",
    "def f(n): f(n + 1); f(0)", "[splits(\"\"; null)] | walk(walk(.))",
    "try error(\"x\") catch (def f: f; f)",
    "(def f: f; f)?", "try repeat(1) catch 2", "[.[]?, (try last(range(1e18)) catch 1)]",
  ])
  func endsQuickly(query: String) {
    // A tenth of what a query may take by default: debug builds are slow.
    var limits = QueryLimits()
    limits.steps /= 10
    let start = ContinuousClock.now
    let outcome = Result { try Query.compile(query).evaluate([], limits: limits) }
    let time = ContinuousClock.now - start
    // Some of these do come to an end; what counts is that all do, and soon.
    if case .failure(let error) = outcome { #expect(error is QueryError) }
    #expect(time < .seconds(5), "took \(time)")
  }

  @Test(arguments: [
    ("[", "]"), ("(", ")"), ("{a:", "}"), ("-", ""), ("1+", ""), ("[.", "]"), (".a", ""), ("if 1 then ", ""),
    ("try ", ""), ("def f: ", ""), ("\"\\(", ")\""), (". as [", ""), (".[", "]"), ("1 as $x | ", ""),
    ("1|", ""), ("1,", ""), ("reduce ", ""), (".a?//", ""), ("a(", ")"), ("{a:-", "}"), ("1 //", ""),
    ("1=", ""),
    (".[]", ""), ("?", ""), ("if 1 then 2 elif ", ""), ("foreach . as [", ""), ("f(g;", ")"), ("!", ""),
  ])
  func compilesOrRefusesDeepText(open: String, close: String) async {
    for count in [10, 60, 200, 3000, 30_000] {
      let text = String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
      // A thread of Swift's pool has half a megabyte of stack; so has this one.
      #expect(onSmallStack { _ = (try? Query.compile(text))?.text })
    }
  }

  @Test func evaluatesDeepQueriesOnASmallStack() {
    let deep = "def f: if . > 900 then . else . + 1 | f end; f"
    var value: Value?
    #expect(onSmallStack { value = try? Query.compile(deep).firstValue(0) })
    #expect(value == 901)
    let nested = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    #expect(onSmallStack { value = try? Query.compile("[..] | length").firstValue(JSONReader.parse(nested)) })
    #expect(value == 200)
  }

  @Test func stopsAtEachLimit() throws {
    var limits = QueryLimits()
    limits.steps = 100
    #expect(throws: QueryError.self) { try Query.compile("[range(200)]").evaluate(.null, limits: limits) }
    limits = QueryLimits()
    limits.outputs = 3
    #expect(throws: QueryError.self) { try Query.compile("range(4)").evaluate(.null, limits: limits) }
    #expect(try Query.compile("range(4)").firstValue(.null, limits: limits) == 0)
    limits = QueryLimits()
    limits.stringBytes = 10
    #expect(throws: QueryError.self) { try Query.compile("\"a\" * 11").evaluate(.null, limits: limits) }
    limits = QueryLimits()
    limits.valueDepth = 3
    #expect(throws: QueryError.self) { try Query.compile("[[[[1]]]]").evaluate(.null, limits: limits) }
    #expect(try Query.compile("[[[1]]]").firstValue(.null, limits: limits) == [[[1]]])
  }

  @Test func limitsCannotBeCaught() {
    let query = "try ([range(1e9)] | length) catch \"caught\""
    #expect(throws: QueryError.self) { try Query.compile(query).evaluate(.null) }
  }
}

/// Runs on a thread with a stack of 512 KB; false when there is no thread to be had.
private func onSmallStack(_ body: @escaping () -> Void) -> Bool {
  let job = Job(body)
  var attributes = pthread_attr_t()
  guard unsafe pthread_attr_init(&attributes) == 0,
    unsafe pthread_attr_setstacksize(&attributes, 512 << 10) == 0
  else { return false }
  var thread = pthread_t()
  let context = unsafe Unmanaged.passUnretained(job).toOpaque()
  let status = unsafe pthread_create(
    &thread, &attributes,
    { context in
      if let context = unsafe context {
        unsafe Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().body()
      }
      return nil
    }, context)
  guard status == 0 else { return false }
  pthread_join(thread, nil)
  return withExtendedLifetime(job) { true }
}

private final class Job {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}
