/// A line of a diff.
enum DiffLine: Hashable, Sendable {
  case kept(String)
  case removed(String)
  case added(String)
}

/// The difference of two texts by line. Configuration files are short; of longer ones everything is shown as
/// replaced rather than spending memory on the square of their length.
func lineDiff(from old: String, to new: String) -> [DiffLine] {
  lineDiff(from: lines(old), to: lines(new))
}

func lineDiff(from a: [String], to b: [String]) -> [DiffLine] {
  guard a.count * b.count <= 4_000_000 else { return a.map { .removed($0) } + b.map { .added($0) } }
  let difference = b.difference(from: a)
  var removed: Set<Int> = []
  var added: Set<Int> = []
  for change in difference {
    switch change {
    case .remove(let offset, _, _): removed.insert(offset)
    case .insert(let offset, _, _): added.insert(offset)
    }
  }
  var result: [DiffLine] = []
  var i = 0
  var j = 0
  while i < a.count || j < b.count {
    if i < a.count, removed.contains(i) {
      result.append(.removed(a[i]))
      i += 1
    } else if j < b.count, added.contains(j) {
      result.append(.added(b[j]))
      j += 1
    } else if i < a.count, j < b.count {
      result.append(.kept(a[i]))
      i += 1
      j += 1
    } else {
      break
    }
  }
  return result
}

private func lines(_ text: String) -> [String] {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  if lines.last == "" { lines.removeLast() }
  return lines
}
