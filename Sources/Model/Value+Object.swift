extension Value {
  /// Keys keep the order in which they were written; equality ignores it.
  package struct Object: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var keys: [String]
    private var storage: [ExactKey: Value]

    package init() {
      keys = []
      storage = [:]
    }

    package init(dictionaryLiteral elements: (String, Value)...) {
      self.init(elements)
    }

    /// A later duplicate key wins and keeps the first one's place.
    package init(_ elements: some Sequence<(String, Value)>) {
      self.init()
      for (key, value) in elements { self[key] = value }
    }

    package subscript(key: String) -> Value? {
      get { storage[ExactKey(text: key)] }
      set {
        let exact = ExactKey(text: key)
        if let newValue {
          if storage.updateValue(newValue, forKey: exact) == nil { keys.append(key) }
        } else if storage.removeValue(forKey: exact) != nil {
          keys.removeAll { sameBytes($0, key) }
        }
      }
    }

    /// Changes a member where it stands; one that is missing begins as null.
    package mutating func update<Failure>(
      _ key: String, _ change: (inout Value) throws(Failure) -> Void
    ) throws(Failure) {
      let exact = ExactKey(text: key)
      var value = Value.null
      if let index = storage.index(forKey: exact) {
        // Taken out while it changes, so that nothing has to be copied.
        swap(&value, &storage.values[index])
        try change(&value)
        swap(&value, &storage.values[index])
      } else {
        try change(&value)
        self[key] = value
      }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }
    package var sortedKeys: [String] { keys.sorted(by: precedesByBytes) }
    package var entries: some Sequence<(key: String, value: Value)> {
      keys.lazy.map { (key: $0, value: storage[ExactKey(text: $0)] ?? .null) }
    }

    package static func == (a: Self, b: Self) -> Bool { a.storage == b.storage }
    package func hash(into hasher: inout Hasher) { hasher.combine(storage) }
  }
}

/// A key that equals another only byte for byte. Hashing may stay Swift's: equal bytes hash equally.
private struct ExactKey: Hashable, Sendable {
  let text: String
  static func == (a: Self, b: Self) -> Bool { sameBytes(a.text, b.text) }
}

package func sameBytes(_ a: String, _ b: String) -> Bool {
  let a = a.utf8
  let b = b.utf8
  return a.count == b.count && a.elementsEqual(b)
}

/// The order of Unicode code points, which is also the order of UTF-8 bytes.
package func precedesByBytes(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}
