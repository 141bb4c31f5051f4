internal import Glibc

/// A system call that failed: what was tried, on what, and the system's reason.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What could not be done, as it follows "cannot": `open`, `rename`, `lock`.
  package let operation: String
  package let path: String?
  /// The `errno`, for callers that treat some reasons apart.
  package let code: Int32
  /// In words, such as "No space left on device".
  package let reason: String

  package init(_ operation: String, _ path: String?, code: Int32, reason: String? = nil) {
    self.operation = operation
    self.path = path
    self.code = code
    self.reason = reason ?? Self.words(for: code)
  }

  /// From the calling thread's `errno`.
  static func last(_ operation: String, _ path: String?) -> SystemError {
    SystemError(operation, path, code: errno)
  }

  /// A regular file takes nothing only when it never will: going on would loop for ever.
  package static func refusedBytes(_ path: String) -> SystemError {
    SystemError("write", path, code: EIO, reason: "the file takes no more bytes")
  }

  package var description: String {
    path.map { "cannot \(operation) \($0): \(reason)" } ?? "cannot \(operation): \(reason)"
  }

  package static func words(for code: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, unsafe strerror_r(code, start, buffer.count) == 0 else {
        return "error \(code)"
      }
      return unsafe String(cString: start)
    }
  }

  package var isNotFound: Bool { code == ENOENT }
  package var alreadyExists: Bool { code == EEXIST }
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
}

/// Runs a call again while a signal interrupts it. Not for `close`, which must never run twice.
func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
