import Model
import TestSupport
import Testing

/// Objects of few keys look for them one after the other, those of many in an index; nobody may notice which.
@Suite struct ObjectTests {
  /// Two spellings of the same letter are two keys.
  private static let names = (0..<18).map { "k\($0)" } + ["\u{E9}", "e\u{301}", "K", "\u{212A}", ""]

  @Test(arguments: 0..<60 as Range<UInt64>)
  func behavesAsAListOfPairs(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var object = Value.Object()
    var pairs: [(key: String, value: Value)] = []
    for number in 0..<80 {
      let key = Self.names[Int.random(in: 0..<Self.names.count, using: &random)]
      let place = pairs.firstIndex { Array($0.key.utf8) == Array(key.utf8) }
      #expect(object[key] == place.map { pairs[$0].value })
      let value = Value.number(Double(number))
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1:
        object[key] = nil
        if let place { pairs.remove(at: place) }
      case 2:
        object.update(key) { $0 = $0 == .null ? value : .array([$0]) }
        if let place { pairs[place].value = .array([pairs[place].value]) } else { pairs.append((key, value)) }
      default:
        object[key] = value
        if let place { pairs[place].value = value } else { pairs.append((key, value)) }
      }
      #expect(object.count == pairs.count)
      #expect(object.keys.map { Array($0.utf8) } == pairs.map { Array($0.key.utf8) })
      #expect(object.entries.map(\.value) == pairs.map(\.value))
    }
    // In another order they are the same object still.
    let other = Value.Object(pairs.shuffled(using: &random).map { ($0.key, $0.value) })
    #expect(other == object)
    #expect(other.hashValue == object.hashValue)
    var changed = other
    changed["one more"] = .null
    #expect(changed != object)
    if let key = pairs.first?.key {
      changed = other
      changed[key] = "another"
      #expect(changed != object)
    }
  }

  @Test func aLaterDuplicateWinsInThePlaceOfTheFirst() {
    let object = Value.Object([("a", 1), ("b", 2), ("a", 3)])
    #expect(Value.object(object).json() == #"{"a":3,"b":2}"#)
  }

  @Test func wholeNumbersAreWrittenAsAllOthersAre() {
    let powers = (0..<63).flatMap { power in [-1, 0, 1].map { Double(Int64(1) << Int64(power)) + $0 } }
    let tens = (0..<22).map { Double("1e\($0)") ?? 0 }
    for number in powers + tens + [0, -0.0, 0.5, 1e300, .infinity, .nan] {
      for number in [number, -number] {
        var out: [UInt8] = []
        writeJSONNumber(number, into: &out)
        #expect(String(decoding: out, as: UTF8.self) == jsonNumber(number))
      }
    }
  }
}
