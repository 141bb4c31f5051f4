import Execution
import Model
import TestSupport

/// The runbooks of a campaign, each planned when it is needed first.
struct Cast {
  let seed: UInt64
  private var current: (number: Int, scenario: Scenario?)?

  init(seed: UInt64) { self.seed = seed }

  mutating func scenario(_ number: Int) throws -> Scenario? {
    if let current, current.number == number { return current.scenario }
    let scenario = try Scenario.make(seed: SeededRandom.mixed(seed, -1 - number))
    current = (number, scenario)
    return scenario
  }
}

/// How far a controller had come.
struct Moments {
  var diskOperations = 0
  var requests = 0
}

extension Campaign.Case {
  /// A moment to die at, between the two.
  mutating func moment(_ from: Moments, _ to: Moments) -> Controller.Death {
    let operations = from.diskOperations..<max(from.diskOperations + 1, to.diskOperations)
    let requests = from.requests..<max(from.requests + 1, to.requests)
    return switch Int.random(in: 0..<4, using: &random) {
    case 0: .beforeRequest(Int.random(in: requests, using: &random))
    case 1: .afterRequest(Int.random(in: requests, using: &random))
    default: .atDiskOperation(Int.random(in: operations, using: &random))
    }
  }
}

extension Simulation {
  func mustHold(after end: End) throws {
    let objections = try objections(after: end)
    guard objections.isEmpty else {
      throw Campaign.Failure((objections + [scenario.book.yaml] + world.log).joined(separator: "\n"))
    }
  }
}

extension Simulation.End {
  var text: String {
    switch self {
    case .ended(let exit): "exit \(exit.rawValue)"
    case .died: "dead"
    case .neverBegan: "no journal"
    }
  }
}
