import Model
internal import Synchronization

/// Queries as they were compiled. It is bounded: texts may come from anywhere.
final class QueryCache: Sendable {
  static let shared = QueryCache()

  private static let most = 512
  private static let longest = 4096

  private let queries = Mutex<[String: Query]>([:])

  func query(_ text: String) -> Query? {
    // Strings that look alike are equal as keys, and need not be the same bytes.
    queries.withLock { $0[text] }.flatMap { sameBytes($0.text, text) ? $0 : nil }
  }

  func keep(_ query: Query) {
    guard query.text.utf8.count <= Self.longest else { return }
    queries.withLock { known in
      if known.count >= Self.most { known = [:] }
      known[query.text] = query
    }
  }
}
