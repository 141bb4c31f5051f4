internal import Glibc

/// Time that only goes forward, for deadlines and durations: nobody can set it. It stands still while the machine sleeps.
package enum MonotonicClock {
  /// Nanoseconds since some moment before this process started.
  package static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
  }
}

/// A moment of wall-clock time in UTC, to the millisecond.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let millisecondsSince1970: Int64

  package init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

  package static var now: Timestamp {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(millisecondsSince1970: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package static func < (a: Self, b: Self) -> Bool { a.millisecondsSince1970 < b.millisecondsSince1970 }

  /// ISO 8601, such as `2026-03-01T04:05:06.789Z`.
  package var description: String {
    var text: [UInt8] = []
    write(into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Years 0000 to 9999, which is all that four digits can say; moments outside are clamped.
  package func write(into out: inout [UInt8]) {
    let clamped = min(max(millisecondsSince1970, -62_167_219_200_000), 253_402_300_799_999)
    let (second, millisecond) = floorDivide(clamped, 1000)
    let (day, secondOfDay) = floorDivide(second, 86_400)
    let date = CivilDate(daysSince1970: day)
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { text in
      unsafe writePadded(date.year, digits: 4, at: 0, then: "-", into: text)
      unsafe writePadded(date.month, digits: 2, at: 5, then: "-", into: text)
      unsafe writePadded(date.day, digits: 2, at: 8, then: "T", into: text)
      unsafe writePadded(secondOfDay / 3600, digits: 2, at: 11, then: ":", into: text)
      unsafe writePadded(secondOfDay / 60 % 60, digits: 2, at: 14, then: ":", into: text)
      unsafe writePadded(secondOfDay % 60, digits: 2, at: 17, then: ".", into: text)
      unsafe writePadded(millisecond, digits: 3, at: 20, then: "Z", into: text)
      unsafe out.append(contentsOf: text)
    }
  }

  /// Reads exactly the form that `description` writes; nil for anything else, such as the 30th of February.
  package init?(_ text: String) {
    let digits = text.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard text.utf8.count == 24, digits.count == 17 else { return nil }
    func number(_ range: Range<Int>) -> Int64 {
      digits[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
    let days = CivilDate(year: number(0..<4), month: number(4..<6), day: number(6..<8)).daysSince1970
    let seconds = days * 86_400 + number(8..<10) * 3600 + number(10..<12) * 60 + number(12..<14)
    self.init(millisecondsSince1970: seconds * 1000 + number(14..<17))
    guard description == text else { return nil }
  }
}

/// The proleptic Gregorian calendar, counted in eras of 400 years that start in March, so that the leap day is last.
private struct CivilDate {
  var year: Int64
  var month: Int64
  var day: Int64

  init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  init(daysSince1970: Int64) {
    let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSince1970: Int64 {
    let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// At a place of its own in the text, so that the whole of it is appended at once.
private func writePadded(
  _ number: Int64, digits: Int, at start: Int, then separator: Unicode.Scalar,
  into text: UnsafeMutableBufferPointer<UInt8>
) {
  var rest = number
  for place in (start..<start + digits).reversed() {
    unsafe text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
    rest /= 10
  }
  unsafe text[start + digits] = UInt8(truncatingIfNeeded: separator.value)
}

private func floorDivide(_ dividend: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
  let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
