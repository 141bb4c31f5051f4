internal import Model

/// Reading and changing what a path names, by jq's rules and with its messages.
extension Value {
  /// `value[key]`: a field, an element, a slice, or where an array stands in another.
  func member(_ key: Value) throws(Interrupt) -> Value {
    switch (self, key) {
    case (.object(let object), .string(let name)): return object[name] ?? .null
    case (.array(let elements), .number(let index)):
      guard let position = elementIndex(index, count: elements.count) else { return .null }
      return elements.indices.contains(position) ? elements[position] : .null
    case (.array(let elements), .object(let bounds)):
      return .array(Array(elements[try sliceRange(bounds, count: elements.count)]))
    case (.string(let text), .object(let bounds)):
      let scalars = Array(text.unicodeScalars)
      let range = try sliceRange(bounds, count: scalars.count)
      return .string(joined(scalars[range]))
    case (.array(let elements), .array(let wanted)): return .array(occurrences(of: wanted, in: elements))
    case (.null, .string), (.null, .number), (.null, .object): return .null
    default: throw cannotIndex(key)
    }
  }

  private func cannotIndex(_ key: Value) -> Interrupt {
    if case .string(let name) = key { return .message("Cannot index \(typeName) with string \"\(name)\"") }
    return .message("Cannot index \(typeName) with \(key.typeName)")
  }

  func getting(_ path: ArraySlice<Value>) throws(Interrupt) -> Value {
    var value = self
    for key in path {
      if case .null = value { return .null }
      value = try value.member(key)
    }
    return value
  }

  /// Puts `replacement` at the end of `path` and makes what is missing on the way.
  /// In place where nobody else holds the value: changing each element of an array must not copy it each time.
  mutating func set(
    _ path: ArraySlice<Value>, to replacement: Value, _ limits: QueryLimits
  ) throws(Interrupt) {
    guard let key = path.first else {
      self = replacement
      return
    }
    switch (self, key) {
    case (.array(var elements), .number(let index)):
      if let position = elementIndex(index, count: elements.count), elements.indices.contains(position) {
        self = .null
        try elements[position].set(path.dropFirst(), to: replacement, limits)
        self = .array(elements)
        return
      }
    case (.object(var object), .string(let name)):
      self = .null
      try object.update(name) { (member) throws(Interrupt) in
        try member.set(path.dropFirst(), to: replacement, limits)
      }
      self = .object(object)
      return
    default: break
    }
    var inner = try member(key)
    try inner.set(path.dropFirst(), to: replacement, limits)
    self = try replacing(key, with: inner, limits: limits)
  }

  private func replacing(_ key: Value, with new: Value, limits: QueryLimits) throws(Interrupt) -> Value {
    switch (self, key) {
    case (.object(var object), .string(let name)):
      object[name] = new
      return .object(object)
    case (.null, .string(let name)): return .object([name: new])
    case (.array(let elements), .number(let index)):
      return try Self.placing(new, at: index, in: elements, limits: limits)
    case (.null, .number(let index)): return try Self.placing(new, at: index, in: [], limits: limits)
    case (.array(let elements), .object(let bounds)):
      return try Self.splicing(new, bounds, into: elements)
    case (.null, .object(let bounds)): return try Self.splicing(new, bounds, into: [])
    case (.string, .object): throw .message("Cannot update field at object index of string")
    default: throw cannotIndex(key)
    }
  }

  private static func placing(
    _ new: Value, at index: Double, in elements: [Value], limits: QueryLimits
  ) throws(Interrupt) -> Value {
    var position = wholeIndex(index)
    if position < 0 { position += elements.count }
    guard position >= 0 else { throw .message("Out of bounds negative array index") }
    guard position < limits.steps else { throw .exceeded("the query makes an array too long") }
    var elements = elements
    if position >= elements.count {
      elements += repeatElement(.null, count: position - elements.count + 1)
    }
    elements[position] = new
    return .array(elements)
  }

  private static func splicing(
    _ new: Value, _ bounds: Value.Object, into elements: [Value]
  ) throws(Interrupt) -> Value {
    let range = try sliceRange(bounds, count: elements.count)
    guard case .array(let inserted) = new else {
      throw .message("A slice of an array can only be assigned another array")
    }
    return .array(elements[..<range.lowerBound] + inserted + elements[range.upperBound...])
  }

  // MARK: Deleting

  /// Paths are deleted from the last to the first, so that none moves what another names.
  func deleting(_ paths: [[Value]]) throws(Interrupt) -> Value {
    var result = self
    for path in paths.sorted(by: { Value.order(.array($0), .array($1)) == .less }).reversed() {
      result = try result.deleting(path[...])
    }
    return result
  }

  private func deleting(_ path: ArraySlice<Value>) throws(Interrupt) -> Value {
    guard let key = path.first else { return .null }
    if case .null = self { return .null }
    guard path.count > 1 else { return try removing(key) }
    let inner = try member(key)
    if case .null = inner { return self }
    return try replacing(key, with: try inner.deleting(path.dropFirst()), limits: .standard)
  }

  private func removing(_ key: Value) throws(Interrupt) -> Value {
    switch (self, key) {
    case (.object(var object), .string(let name)):
      object[name] = nil
      return .object(object)
    case (.array(var elements), .number(let index)):
      var position = wholeIndex(index)
      if position < 0 { position += elements.count }
      if elements.indices.contains(position) { elements.remove(at: position) }
      return .array(elements)
    case (.array(var elements), .object(let bounds)):
      elements.removeSubrange(try sliceRange(bounds, count: elements.count))
      return .array(elements)
    case (.object, _): throw .message("Cannot delete \(key.typeName) field of object")
    case (.array, _): throw .message("Cannot delete \(key.typeName) element of array")
    default: throw .message("Cannot delete fields from \(typeName)")
    }
  }
}

/// A number cut to a whole index; what is far out of range stays out of range.
func wholeIndex(_ number: Double) -> Int {
  if number.isNaN { return 0 }
  return Int(max(-1e15, min(1e15, number.rounded(.towardZero))))
}

/// The place of an element counted from the end where negative; nil when the number is no whole one.
private func elementIndex(_ number: Double, count: Int) -> Int? {
  guard number == number.rounded(.towardZero) else { return nil }
  let index = wholeIndex(number)
  return index < 0 ? index + count : index
}

/// The half-open range that `{"start":…,"end":…}` names in something of `count` elements.
private func sliceRange(_ bounds: Value.Object, count: Int) throws(Interrupt) -> Range<Int> {
  func bound(_ name: String, or missing: Double) throws(Interrupt) -> Double {
    switch bounds[name] ?? .null {
    case .null: missing
    case .number(let number): number < 0 ? number + Double(count) : number
    default: throw .message("Start and end indices of an array slice must be numbers")
    }
  }
  let size = Double(count)
  let start = try bound("start", or: 0)
  let end = try bound("end", or: size)
  let lower = start.isNaN ? 0 : max(0, min(start, size))
  let upper = end.isNaN ? 0 : max(lower, min(end, size))
  return Int(lower)..<max(Int(lower), Int(upper.rounded(.up)))
}

/// Every place where `wanted` begins in `elements`.
private func occurrences(of wanted: [Value], in elements: [Value]) -> [Value] {
  guard !wanted.isEmpty, wanted.count <= elements.count else { return [] }
  return (0...(elements.count - wanted.count))
    .filter { start in
      wanted.indices.allSatisfy { Value.order(elements[start + $0], wanted[$0]) == .equal }
    }
    .map { .number(Double($0)) }
}

func joined(_ scalars: some Sequence<Unicode.Scalar>) -> String {
  var text = String.UnicodeScalarView()
  text.append(contentsOf: scalars)
  return String(text)
}
