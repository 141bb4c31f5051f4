internal import Platform

/// Many cases of one question, made from numbers, so that whatever fails can be had again: `BELAY_SEED` and `BELAY_CASE`,
/// as the failure prints them, repeat one case alone. In CI the seed is fixed; a soak (`BELAY_SOAK=1`) takes a new one and
/// more cases.
package struct Campaign: Sendable {
  /// One of the cases. Everything that is random in it comes from `random`.
  package struct Case {
    /// Counts from 0; a campaign that goes through all of something takes its place from it.
    package let number: Int
    package var random: SeededRandom

    /// What must hold.
    package func expect(_ holds: Bool, _ otherwise: @autoclosure () -> String) throws {
      guard holds else { throw Failure(otherwise()) }
    }
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
  }

  package static let isSoak = Host.environment("BELAY_SOAK") == "1"

  /// False when only one case is had again: then nothing can be said of all of them together.
  package static let isWhole = Host.environment("BELAY_CASE") == nil

  package let name: String
  package let seed: UInt64
  package let size: Int

  /// So many failures are enough to see what is wrong.
  private static let failureLimit = 5

  package init(_ name: String, ci: Int, soak: Int) {
    self.name = name
    size = Self.isSoak ? soak : ci
    seed =
      Host.environment("BELAY_SEED").flatMap { UInt64($0) } ?? (Self.isSoak ? .random(in: 1...(.max)) : 1)
  }

  /// Each case says in a word or two how it came out, and throws when something did not hold. Prints one line in the end:
  /// name, seed, and how many cases came out how.
  package func run(_ body: (inout Case) async throws -> String) async throws {
    ErrorBacktraces.stop()
    let start = MonotonicClock.now
    var outcomes: [String: Int] = [:]
    var failures: [String] = []
    for number in cases where failures.count < Self.failureLimit {
      var one = Case(number: number, random: SeededRandom(seed: SeededRandom.mixed(seed, number)))
      do {
        outcomes[try await body(&one), default: 0] += 1
      } catch {
        outcomes["FAILED", default: 0] += 1
        failures.append("\(error)\n  again: \(repetition(number))")
      }
    }
    let seconds = Double(MonotonicClock.now - start) / 1e9
    let counts = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "campaign \(name): seed \(seed), \(counts.joined(separator: ", ")) (\((seconds * 10).rounded() / 10) s)"
    )
    guard failures.isEmpty else { throw Failure(failures.joined(separator: "\n")) }
    guard !outcomes.isEmpty else { throw Failure("campaign \(name) had no case") }
  }

  private var cases: Range<Int> {
    guard let only = Host.environment("BELAY_CASE").flatMap({ Int($0) }) else { return 0..<max(0, size) }
    return only..<(only + 1)
  }

  private func repetition(_ number: Int) -> String {
    let soak = Self.isSoak ? "BELAY_SOAK=1 " : ""
    return "\(soak)BELAY_SEED=\(seed) BELAY_CASE=\(number), campaign \(name)"
  }
}
