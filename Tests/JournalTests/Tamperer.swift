import Hashing
import Model
import TestSupport

/// Hurts a sound journal in one of many ways, some of them with every hash computed anew.
struct Tamperer {
  private let lines: [[UInt8]]
  private(set) var random: SeededRandom

  init(_ sound: [UInt8], _ random: SeededRandom) {
    lines = Sample.lines(sound)
    self.random = random
  }

  mutating func journal(_ round: Int) -> [UInt8] {
    let place = Int.random(in: 0..<lines.count, using: &random)
    var changed = lines
    switch round % 12 {
    case 0:
      changed[place] = flipped(changed[place])
      return Sample.joined(changed)
    case 1:
      changed.remove(at: place)
      return Sample.joined(changed)
    case 2:
      changed.insert(lines[Int.random(in: 0..<lines.count, using: &random)], at: place)
      return Sample.joined(changed)
    case 3:
      changed.swapAt(place, Int.random(in: 0..<lines.count, using: &random))
      return Sample.joined(changed)
    case 4:
      return Array(
        Sample.joined(lines).prefix(Int.random(in: 0...Sample.joined(lines).count, using: &random)))
    case 5: return Sample.joined(Array(lines.prefix(place)))
    case 6:
      // Whoever edits one record and mends its own hash only.
      changed[place] = Sample.rehashed(edited(changed[place]))
      return Sample.joined(changed)
    case 7:
      // Whoever knows the format and computes everything anew from there on.
      changed[place] = edited(changed[place])
      return Sample.joined(Sample.rechained(changed))
    case 8:
      changed[place] = Sample.rehashed(misspelled(changed[place]))
      return Sample.joined(changed)
    case 9: return withLostSector(place)
    case 10:
      changed[0] = Array(
        text(changed[0]).replacing(
          "\"format\":1", with: choice(["\"format\":2", "\"format\":true", "\"x\":1", "\"format\":1.0"])
        ).utf8)
      return Sample.joined(Sample.rechained(changed))
    default:
      changed.insert(choice([[], Array("{}".utf8), [0], lines[place] + lines[place]]), at: place)
      return Sample.joined(changed)
    }
  }

  private mutating func choice<T>(_ options: [T]) -> T {
    options[Int.random(in: 0..<options.count, using: &random)]
  }

  private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }

  private mutating func flipped(_ line: [UInt8]) -> [UInt8] {
    var line = line
    line[Int.random(in: 0..<line.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    return line
  }

  private mutating func edited(_ line: [UInt8]) -> [UInt8] {
    let data = choice([
      #"{"rc":1}"#, #" [1 , 2] "#, "null", "[NaN]", #""\ud800""#, #"{"a":1,"a":2}"#, "[1,]", "01", "1e999",
      "{\"a\":\"\u{1}\"}",
      String(repeating: "[", count: 319) + "1" + String(repeating: "]", count: 319),
      String(repeating: "[", count: 320) + "1" + String(repeating: "]", count: 320),
      String(repeating: "[", count: 320) + String(repeating: "]", count: 320),
      String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000), "", #"{"format":1}"#, "-0",
      "\u{FEFF}1",
      String(repeating: "9", count: 5000), #""\x""#, "tru", "[1]x", "\"\u{7F}\u{2028}\"",
    ])
    let before = text(line).firstRange(of: "\"data\":").map { text(line)[..<$0.upperBound] } ?? ""
    let after = text(line).firstRange(of: ",\"prev\":\"").map { text(line)[$0.lowerBound...] } ?? ""
    return Array("\(before)\(data)\(after)".utf8)
  }

  /// The same to a lenient reader, or nearly.
  private mutating func misspelled(_ line: [UInt8]) -> [UInt8] {
    let (old, new) = choice([
      ("{\"seq\":", "{ \"seq\":"), ("{\"seq\":", "{\"seq\":0"), ("\"seq\":", "\"seq\":-"),
      ("\"seq\":", "\"seq\":9223372036854775808"), ("T", "t"), ("Z\"", "+\""), ("-", "/"),
      ("\"mono_ns\":", "\"mono_ns\":0"),
      ("\"mono_ns\":", "\"mono_ns\":99999999999999999999"), ("\"kind\":\"", "\"kind\":\"A"), ("act-done", ""),
      ("run-started", "RUN"), ("act-done", String(repeating: "k", count: 65)),
      ("act-done", String(repeating: "k", count: 64)),
      (",\"data\"", ", \"data\""), ("\"prev\":\"", "\"prev\":\"A"), ("time\":\"20", "time\":\"0\u{660}"),
    ])
    var line = Array(text(line).replacing(old, with: new, maxReplacements: 1).utf8)
    if let start = text(line).firstRange(of: "time\":\""), Bool.random(using: &random) {
      let moment = choice([
        "2024-02-30T00:00:00.000Z", "2023-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z",
        "1900-02-29T00:00:00.000Z",
        "0000-02-29T00:00:00.000Z", "2016-12-31T23:59:60.000Z", "2024-01-01T24:00:00.000Z",
        "2024-00-10T00:00:00.000Z",
        "2024-13-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2024-01-01 00:00:00.000Z",
      ])
      let offset = text(line)[..<start.upperBound].utf8.count
      if line.count > offset + 24 { line.replaceSubrange(offset..<offset + 24, with: Array(moment.utf8)) }
    }
    if Int.random(in: 0..<8, using: &random) == 0 { line.insert(0xFF, at: line.count / 2) }
    return line
  }

  /// As a filesystem leaves what it never wrote: zeros from one sector's edge to another, or nearly so.
  private mutating func withLostSector(_ place: Int) -> [UInt8] {
    var bytes = Sample.joined(choice([lines, withSharedSync(from: place)]))
    let last = bytes.dropLast().lastIndex(of: 10).map { $0 + 1 } ?? 0
    let start: Int
    switch Int.random(in: 0..<5, using: &random) {
    case 0: start = last
    case 3: start = Int.random(in: 0...bytes.count / 512, using: &random) * 512
    case 1: start = min(bytes.count - 1, (last + 511) / 512 * 512)
    case 2: start = place * 100
    default: start = last + 1
    }
    let end = choice([(start / 512 + 1) * 512, bytes.count - 1, bytes.count, start + 1])
    for index in start..<max(start, min(end, bytes.count))
    where bytes[index] != 10 || Bool.random(using: &random) {
      bytes[index] = 0
    }
    if Bool.random(using: &random) {
      // So that the zeros end where a sector ends, with the line feed after it.
      let count = (512 - (bytes.count - 1) % 512) % 512
      bytes = Array(bytes.dropLast()) + [UInt8](repeating: 0, count: count) + [10]
      if Bool.random(using: &random) { for index in last..<bytes.count - 1 { bytes[index] = 0 } }
    }
    return bytes + choice([[], [], Array("{".utf8)])
  }

  /// From there on all records are of the kind that waits for others before a sync.
  private func withSharedSync(from place: Int) -> [[UInt8]] {
    Sample.rechained(
      lines.enumerated().map { number, line in
        number < place ? line : Array(text(line).replacing("act-done", with: "intended").utf8)
      })
  }
}

extension Sample {
  /// With its own hash computed anew, and nothing else.
  static func rehashed(_ line: [UInt8]) -> [UInt8] {
    let end = Array(",\"hash\":\"".utf8)
    guard line.count > end.count + 66 else { return line }
    let body = Array(line.dropLast(end.count + 66))
    return body + end + Array(sha256(body).hex.utf8) + Array("\"}".utf8)
  }
}
