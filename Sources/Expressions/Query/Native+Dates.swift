internal import Glibc
internal import Model

extension Native {
  static let dateFunctions: [String: ValueFunction] = [
    "todateiso8601/0": { (value, _, _) throws(Interrupt) in
      guard case .number(let seconds) = value else {
        throw .message("strftime/1 requires parsed datetime inputs")
      }
      guard let text = formatted(seconds) else {
        throw .message("error converting number of seconds since epoch to datetime")
      }
      return .string(text)
    },
    "fromdateiso8601/0": { (value, _, _) throws(Interrupt) in
      guard case .string(let text) = value else {
        throw .message("strptime/1 requires string inputs and arguments")
      }
      guard let seconds = parsed(text) else {
        throw .message("date \"\(text)\" does not match format \"\(dateFormat)\"")
      }
      // The C library cannot tell this second from a failure, and jq takes it for one.
      if seconds == -1 { throw .message("invalid gmtime representation") }
      return .number(Double(seconds))
    },
  ]

  private static let dateFormat = "%Y-%m-%dT%H:%M:%SZ"

  private static func formatted(_ seconds: Double) -> String? {
    guard seconds.magnitude < 1e15 else { return nil }
    var time = time_t(seconds)
    var fields = unsafe tm()
    guard unsafe gmtime_r(&time, &fields) != nil else { return nil }
    var buffer = [CChar](repeating: 0, count: 64)
    let length = unsafe strftime(&buffer, buffer.count, dateFormat, &fields)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// As lenient as the C library's `strptime`: fields may be short or follow spaces.
  private static func parsed(_ text: String) -> time_t? {
    var rest = Array(text.utf8)[...]
    var fields = unsafe tm()
    func number(_ range: ClosedRange<Int32>, digits: Int, then mark: UInt8) -> Int32? {
      rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
      var value: Int32?
      for _ in 0..<digits {
        guard let byte = rest.first, isDigit(byte) else { break }
        let longer = (value ?? 0) * 10 + Int32(byte - UInt8(ascii: "0"))
        if longer > range.upperBound { break }
        value = longer
        rest = rest.dropFirst()
      }
      guard let value, range.contains(value), rest.first == mark else { return nil }
      rest = rest.dropFirst()
      return value
    }
    guard let year = number(0...9999, digits: 4, then: UInt8(ascii: "-")),
      let month = number(1...12, digits: 2, then: UInt8(ascii: "-")),
      let day = number(1...31, digits: 2, then: UInt8(ascii: "T")),
      let hour = number(0...23, digits: 2, then: UInt8(ascii: ":")),
      let minute = number(0...59, digits: 2, then: UInt8(ascii: ":")),
      let second = number(0...61, digits: 2, then: UInt8(ascii: "Z")),
      rest.first.map({ $0 == 0x20 || (0x09...0x0D).contains($0) }) ?? true
    else { return nil }
    unsafe (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
    unsafe (fields.tm_hour, fields.tm_min, fields.tm_sec) = (hour, minute, second)
    return unsafe timegm(&fields)
  }
}
