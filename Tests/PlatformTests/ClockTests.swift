import Glibc
import Platform
import Testing

@Suite struct ClockTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
  ])
  func writesAndReadsTimestamps(milliseconds: Int64, text: String) {
    #expect(Timestamp(millisecondsSince1970: milliseconds).description == text)
    #expect(Timestamp(text)?.millisecondsSince1970 == milliseconds)
  }

  /// The C library's calendar is the oracle, every 97 hours over two hundred years.
  @Test func agreesWithTheCLibrary() {
    for seconds in stride(from: -3_000_000_000, to: 4_200_000_000, by: 97 * 3600 + 61) {
      var moment = time_t(seconds)
      var parts = unsafe tm()
      unsafe gmtime_r(&moment, &parts)
      let timestamp = Timestamp(millisecondsSince1970: Int64(seconds) * 1000)
      let expected = unsafe [
        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
      ]
      let actual = timestamp.description.dropLast(5).split { !$0.isNumber }.compactMap { Int32($0) }
      #expect(actual == expected)
      #expect(Timestamp(timestamp.description) == timestamp)
    }
  }

  @Test(arguments: [Int64.min, Int64.max])
  func clampsMomentsThatFourDigitsCannotSay(milliseconds: Int64) {
    #expect(Timestamp(millisecondsSince1970: milliseconds).description.utf8.count == 24)
  }

  @Test(arguments: [
    "", "2026-02-30T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "2026-01-01 00:00:00.000Z",
    "2026-01-01T00:00:00.000z", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00.000Z",
    "2026-00-01T00:00:00.000Z",
  ])
  func refusesWhatIsNoTimestamp(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func monotonicTimeGoesForward() {
    let first = MonotonicClock.now
    usleep(2000)
    #expect(MonotonicClock.now >= first + 2_000_000)
  }
}
