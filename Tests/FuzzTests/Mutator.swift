import TestSupport

/// Makes inputs that are nearly right out of ones that are: what is wrong in every byte is refused at the first.
struct Mutator {
  private let seeds: [[UInt8]]
  private let tokens: [[UInt8]]
  private var numbers: SeededRandom

  private static let sizeLimit = 4096

  init(seeds: [[UInt8]], tokens: [String], numbers: SeededRandom) {
    self.seeds = seeds.isEmpty ? [[]] : seeds
    self.tokens = tokens.map { Array($0.utf8) }
    self.numbers = numbers
  }

  mutating func next() -> [UInt8] {
    var bytes = window(pick(seeds) ?? [])
    for _ in 0..<(1 << Int.random(in: 0...3, using: &numbers)) { mutate(&bytes) }
    return Array(bytes.prefix(Self.sizeLimit))
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let range = slice(of: bytes)
    switch Int.random(in: 0..<10, using: &numbers) {
    case 0 where !bytes.isEmpty:
      bytes[Int.random(in: bytes.indices, using: &numbers)] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
    case 1 where !bytes.isEmpty:
      bytes[Int.random(in: bytes.indices, using: &numbers)] = .random(in: 0...255, using: &numbers)
    case 2: bytes.removeSubrange(range)
    case 3: bytes.insert(contentsOf: bytes[range], at: range.lowerBound)
    case 4: bytes.replaceSubrange(range, with: bytes[range].reversed())
    case 5:
      let other = window(pick(seeds) ?? [])
      bytes.replaceSubrange(range, with: other[slice(of: other)])
    case 6: swapLines(&bytes)
    case 7:
      let count = Int.random(in: 1...200, using: &numbers)
      let repeated = Array(repeatElement(pick(tokens) ?? [], count: count).joined())
      bytes.insert(contentsOf: repeated.prefix(Self.sizeLimit), at: range.lowerBound)
    case 8: bytes.replaceSubrange(range, with: pick(tokens) ?? [])
    default: bytes.insert(contentsOf: pick(tokens) ?? [], at: range.lowerBound)
    }
  }

  private mutating func swapLines(_ bytes: inout [UInt8]) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    lines.swapAt(
      Int.random(in: lines.indices, using: &numbers), Int.random(in: lines.indices, using: &numbers))
    bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  private mutating func slice(of bytes: [UInt8]) -> Range<Int> {
    let start = Int.random(in: 0...bytes.count, using: &numbers)
    let length = min(bytes.count - start, 1 << Int.random(in: 0...7, using: &numbers))
    return start..<start + Int.random(in: 0...length, using: &numbers)
  }

  /// A long seed takes long to read: mostly a part of it will do.
  private mutating func window(_ seed: [UInt8]) -> [UInt8] {
    guard seed.count > Self.sizeLimit else { return seed }
    let start = Int.random(in: 0...seed.count - Self.sizeLimit, using: &numbers)
    return Array(seed[start..<start + Self.sizeLimit])
  }

  private mutating func pick(_ list: [[UInt8]]) -> [UInt8]? { list.randomElement(using: &numbers) }
}
