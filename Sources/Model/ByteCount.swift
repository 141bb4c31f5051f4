/// An amount of data as people write it: `512`, `10GiB`, `500MB`. The binary units have an `i`.
package struct ByteCount: Hashable, Sendable {
  package var bytes: Int

  private static let units: [(name: String, bytes: Int)] = [
    ("", 1), ("B", 1), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]
  /// Beyond it a number in a query would no longer be exact.
  private static let limit = 1 << 53

  package init?(written text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let name = text.dropFirst(digits.count)
    guard let count = Int(digits), let unit = Self.units.first(where: { $0.name == name }) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
    guard !overflow, bytes <= Self.limit else { return nil }
    self.bytes = bytes
  }
}

/// A share as people write it: `25%`, `12.5%`.
package struct Percentage: Hashable, Sendable {
  /// 25 for `25%`.
  package var percent: Double

  package init?(written text: String) {
    guard text.hasSuffix("%") else { return nil }
    let number = text.dropLast()
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    let isPlain =
      (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        !part.isEmpty && part.count <= 9 && part.allSatisfy { $0.isASCII && $0.isNumber }
      }
    guard isPlain, let percent = Double(number) else { return nil }
    self.percent = percent
  }
}
