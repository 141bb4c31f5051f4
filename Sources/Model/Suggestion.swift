/// The candidate a user most likely meant, or nil when none is near enough to be worth saying.
package func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
  let length = word.count
  let limit = max(1, length / 3)
  // The distance is at least the difference in length: a huge word costs nothing.
  let nearest = candidates.filter { abs($0.count - length) <= limit }
    .map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
    .min { ($0.1, $0.0) < ($1.1, $1.0) }
  guard let (candidate, distance) = nearest, distance <= limit else { return nil }
  return candidate
}

/// Levenshtein distance in which swapping two neighbours counts once.
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  for i in 1...a.count {
    var current = [i] + [Int](repeating: 0, count: b.count)
    for j in 1...b.count {
      let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        current[j] = min(current[j], beforePrevious[j - 2] + 1)
      }
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}
