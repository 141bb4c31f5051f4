extension Value {
  /// Keys keep the order in which they were written; equality ignores it.
  ///
  /// Most objects have a handful of keys: those are looked for one after the other, which costs no hashing. An index is kept
  /// of the others alone.
  package struct Object: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package typealias Entry = (key: String, value: Value)

    package private(set) var entries: [Entry]
    /// Where each key stands, once there are more than `unindexedMost`.
    private var index: [ExactKey: Int]?

    private static let unindexedMost = 8

    package init() { entries = [] }

    package init(dictionaryLiteral elements: (String, Value)...) {
      self.init(elements)
    }

    /// A later duplicate key wins and keeps the first one's place.
    package init(_ elements: some Sequence<(String, Value)>) {
      self.init()
      entries.reserveCapacity(elements.underestimatedCount)
      for (key, value) in elements { self[key] = value }
    }

    package subscript(key: String) -> Value? {
      get { position(of: key).map { entries[$0].value } }
      set {
        let position = position(of: key)
        if let newValue {
          if let position { entries[position].value = newValue } else { append(key, newValue) }
        } else if let position {
          entries.remove(at: position)
          index?[ExactKey(text: key)] = nil
          index = index?.mapValues { $0 > position ? $0 - 1 : $0 }
        }
      }
    }

    private func position(of key: String) -> Int? {
      if let index { return index[ExactKey(text: key)] }
      return entries.firstIndex { sameBytes($0.key, key) }
    }

    private mutating func append(_ key: String, _ value: Value) {
      entries.append((key, value))
      if index != nil {
        index?[ExactKey(text: key)] = entries.count - 1
      } else if entries.count > Self.unindexedMost {
        index = Dictionary(
          uniqueKeysWithValues: entries.enumerated().map { (ExactKey(text: $1.key), $0) })
      }
    }

    /// Changes a member where it stands; one that is missing begins as null.
    package mutating func update<Failure>(
      _ key: String, _ change: (inout Value) throws(Failure) -> Void
    ) throws(Failure) {
      var value = Value.null
      if let position = position(of: key) {
        // Taken out while it changes, so that nothing has to be copied.
        swap(&value, &entries[position].value)
        try change(&value)
        swap(&value, &entries[position].value)
      } else {
        try change(&value)
        self[key] = value
      }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }
    package var keys: [String] { entries.map(\.key) }
    package var sortedKeys: [String] { keys.sorted(by: precedesByBytes) }

    package static func == (a: Self, b: Self) -> Bool {
      a.count == b.count && a.entries.allSatisfy { b[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
      var all = 0
      for entry in entries {
        var one = Hasher()
        one.combine(entry.key)
        one.combine(entry.value)
        all ^= one.finalize()
      }
      hasher.combine(all)
    }
  }
}

/// A key that equals another only byte for byte. Hashing may stay Swift's: equal bytes hash equally.
private struct ExactKey: Hashable, Sendable {
  let text: String
  static func == (a: Self, b: Self) -> Bool { sameBytes(a.text, b.text) }
}

package func sameBytes(_ a: String, _ b: String) -> Bool {
  let a = a.utf8Span.span
  let b = b.utf8Span.span
  guard a.count == b.count else { return false }
  for index in a.indices where a[index] != b[index] { return false }
  return true
}

/// The order of Unicode code points, which is also the order of UTF-8 bytes.
package func precedesByBytes(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}
