import Model
import Testing

@testable import Planning

/// Guarantee 9, without a list that somebody has to keep: whatever single value of a plan is another one.
@Suite struct EveryLeafTests {
  private static let variations = Result {
    let plan = try EtcdScenario.addNode.changed { $0.hostKeys = ["n1": "ssh-ed25519 AAAA1"] }.plan()
    return (plan, varied(try JSONReader.parse(try plan.encoded())))
  }

  /// The document again and again, each time with one other value.
  private static func varied(_ value: Value) -> [Value] {
    switch value {
    case .null: []
    case .bool(let flag): [.bool(!flag)]
    case .number(let number): [.number(number + 1)]
    case .string(let text): [.string(text + "x")]
    case .array(let elements):
      elements.indices.flatMap { index in
        varied(elements[index]).map { other in
          var copy = elements
          copy[index] = other
          return .array(copy)
        }
      }
    case .object(let object):
      object.entries.flatMap { key, inner in
        varied(inner).map { other in
          var copy = object
          copy[key] = other
          return .object(copy)
        }
      }
    }
  }

  @Test(
    "guarantee 9: each single value of a plan that is another one is in the digest and is named, or looked at again"
  )
  func eachValueCounts() throws {
    let (plan, all) = try Self.variations.get()
    #expect(all.count > 300)
    let digest = try plan.digest()
    // Each takes its time: so many, spread over all of it.
    let step = max(1, all.count / 60)
    var named = 0
    for index in stride(from: 0, to: all.count, by: step) {
      // Another word where only a few may stand is no plan at all.
      guard let other = try? Plan.decode(Array(all[index].json().utf8)) else { continue }
      let isReviewed = other.reviewed != plan.reviewed
      let isMember =
        other.before?.membership?.identity != plan.before?.membership?.identity
        || other.before?.membership?.cluster != plan.before?.membership?.cluster
      #expect(try (other.digest() != digest) == (isReviewed || isMember))
      guard isReviewed || isMember else { continue }
      named += 1
      let differences = other.differences(from: plan)
      #expect(!differences.isEmpty && differences.allSatisfy { !$0.contains(": (") }, "\(all[index].json())")
    }
    #expect(named > 20)
  }
}
