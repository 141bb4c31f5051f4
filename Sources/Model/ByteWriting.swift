/// What everything that is written byte by byte is made of. None of it makes a text first: journals are written on the path of
/// every act.
extension [UInt8] {
  package mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  /// In decimal digits.
  package mutating func append(decimal number: UInt64) {
    let digitsMost = 20
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: digitsMost) { digits in
      var first = digitsMost
      var rest = number
      repeat {
        first -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        unsafe digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      unsafe append(contentsOf: digits[first...])
    }
  }

  /// In as many hexadecimal digits, lower case.
  package mutating func append(hex number: UInt32, digits: Int) {
    for place in (0..<digits).reversed() {
      let digit = UInt8(truncatingIfNeeded: number >> (4 * UInt32(place)) & 15)
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
