internal import Glibc

/// The three standard streams, as far as a person may sit behind them.
package enum StandardStream: Int32, Sendable {
  case input = 0
  case output = 1
  case error = 2

  package var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Whether reading returns at once: at a terminal, with a whole line.
  package var isReadable: Bool {
    var descriptor = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&descriptor, 1, 0) > 0
  }

  /// In columns; nil when no terminal says so. `COLUMNS` wins, as in other tools.
  package var width: Int? {
    if let columns = Host.environment("COLUMNS").flatMap({ Int($0) }), columns > 0 { return columns }
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Everything or an error: a broken pipe must not pass for success.
  package func write(_ text: String) throws(SystemError) { try write(Array(text.utf8)) }

  package func write(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = retryingInterrupts {
        unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
      }
      guard count > 0 else { throw SystemError.last("write to", "standard \(self)") }
      rest = rest.dropFirst(count)
    }
  }
}
