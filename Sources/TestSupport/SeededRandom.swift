internal import Platform

/// Random numbers that one number reproduces: a failing test prints its seed, and BELAY_TEST_SEED repeats it.
package struct SeededRandom: RandomNumberGenerator {
  package let seed: UInt64
  private var state: UInt64

  package init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  /// A seed of today's making, unless the environment names one.
  package static func fresh() -> SeededRandom {
    let named = Host.environment("BELAY_TEST_SEED").flatMap { UInt64($0) }
    return SeededRandom(seed: named ?? .random(in: 1...(.max)))
  }

  /// SplitMix64.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// The seed of one of many: neighbours have nothing in common.
  package static func mixed(_ seed: UInt64, _ number: Int) -> UInt64 {
    var random = SeededRandom(seed: seed ^ (UInt64(truncatingIfNeeded: number) &* 0xD1B5_4A32_D192_ED03))
    return random.next()
  }
}
