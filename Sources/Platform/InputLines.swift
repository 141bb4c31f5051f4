internal import Glibc

/// Standard input, line by line: however long it is or its lines are, no more than one line's limit is held.
package struct InputLines: ~Copyable {
  package enum Line: Equatable, Sendable {
    case text([UInt8])
    /// Its bytes were read and dropped.
    case tooLong
  }

  private let limit: Int
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var hasEnded = false

  package init(of descriptor: Int32 = 0, limit: Int) {
    self.descriptor = descriptor
    self.limit = limit
  }

  /// Without its end of line; nil after the last one.
  package mutating func next() throws(SystemError) -> Line? {
    var line: [UInt8] = []
    var isTooLong = false
    var hasBegun = false
    while true {
      if position == buffer.count {
        try fill()
        if hasEnded { return hasBegun ? (isTooLong ? .tooLong : .text(line)) : nil }
      }
      hasBegun = true
      let end = endOfLine
      let piece = buffer[position..<(end ?? buffer.count)]
      if line.count + piece.count > limit {
        isTooLong = true
        line = []
      }
      if !isTooLong { line += piece }
      position = end.map { $0 + 1 } ?? buffer.count
      if end != nil { return isTooLong ? .tooLong : .text(line) }
    }
  }

  private var endOfLine: Int? {
    unsafe buffer.withUnsafeBytes { bytes in
      guard let start = unsafe bytes.baseAddress.map({ unsafe $0 + position }),
        let found = unsafe memchr(start, Int32(UInt8(ascii: "\n")), bytes.count - position)
      else { return nil }
      return unsafe position + (UnsafeRawPointer(found) - start)
    }
  }

  private mutating func fill() throws(SystemError) {
    let size = 1 << 16
    var count = 0
    buffer = unsafe [UInt8](unsafeUninitializedCapacity: size) { room, initialized in
      count = retryingInterrupts { unsafe read(descriptor, room.baseAddress, size) }
      initialized = max(0, count)
    }
    position = 0
    guard count >= 0 else { throw SystemError.last("read", "standard input") }
    hasEnded = count == 0
  }
}
