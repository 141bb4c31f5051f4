import Glibc
import Platform
import TestSupport
import Testing

/// Bytes nobody wrote, against everything that reads bytes. `make fuzz` does the same with coverage and the address
/// sanitizer; this runs with every test, for a bounded time, from a seed that BELAY_TEST_SEED changes.
@Suite struct FuzzTests {
  private static let seconds = 1.2
  private static let slowest = 3.0

  @Test(arguments: FuzzTarget.allCases)
  func endsInAnAnswer(target: FuzzTarget) throws {
    let numbers = SeededRandom(seed: Host.environment("BELAY_TEST_SEED").flatMap { UInt64($0) } ?? 20_261_121)
    var mutator = Mutator(seeds: target.seeds(), tokens: target.tokens, numbers: numbers)
    let record = try LastInput(target.rawValue)
    let end = clockSeconds(CLOCK_MONOTONIC) + Self.seconds
    var count = 0
    while count < 100_000, count < 20 || clockSeconds(CLOCK_MONOTONIC) < end {
      let input = mutator.next()
      try record.keep(input)
      let start = clockSeconds(CLOCK_PROCESS_CPUTIME_ID)
      let problem = target.run(input)
      let time = clockSeconds(CLOCK_PROCESS_CPUTIME_ID) - start
      guard problem == nil, time < Self.slowest else {
        Issue.record("\(problem ?? "took \(time) s"); seed \(numbers.seed), input \(record.path)")
        return
      }
      count += 1
    }
    record.remove()
  }

  /// What was found once stays mended.
  @Test(arguments: FuzzTarget.allCases)
  func takesEveryKnownInput(target: FuzzTarget) throws {
    let corpus = target.corpus()
    #expect(!corpus.isEmpty, "\(target.rawValue) has no corpus of its own")
    #expect(!target.seeds().isEmpty)
    for (name, bytes) in corpus {
      let start = clockSeconds(CLOCK_PROCESS_CPUTIME_ID)
      #expect(target.run(bytes) == nil, "\(target.rawValue)/\(name)")
      #expect(clockSeconds(CLOCK_PROCESS_CPUTIME_ID) - start < Self.slowest, "\(target.rawValue)/\(name)")
    }
  }

  /// A seed must lead to the same inputs, or a finding could not be repeated.
  @Test func mutationsAreRepeatable() {
    func inputs() -> [[UInt8]] {
      var mutator = Mutator(
        seeds: FuzzTarget.shell.seeds(), tokens: FuzzTarget.shell.tokens, numbers: SeededRandom(seed: 7))
      return (0..<50).map { _ in mutator.next() }
    }
    #expect(inputs() == inputs())
    #expect(Set(inputs()).count > 40)
  }
}

/// The input now tried, in a file that outlives this process should the input end it: `.build/fuzz-TARGET.last`.
private struct LastInput: ~Copyable {
  let path: String
  private let file: Int32

  init(_ name: String) throws {
    path = Path.join(Path.normalized("../../..", from: #filePath), ".build/fuzz-\(name).last")
    file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw FixtureError("cannot keep inputs in \(path)") }
  }

  deinit { close(file) }

  func keep(_ input: [UInt8]) throws {
    guard unsafe pwrite(file, input, input.count, 0) == input.count, ftruncate(file, off_t(input.count)) == 0
    else { throw FixtureError("cannot keep an input in \(path)") }
  }

  func remove() { unsafe unlink(path) }
}

private func clockSeconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  unsafe clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
