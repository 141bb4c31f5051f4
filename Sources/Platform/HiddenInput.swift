internal import Glibc

extension StandardStream {
  /// Reads a line from a terminal that does not show what is typed; nil at its end. However it ends, the terminal
  /// shows again what is typed.
  package static func readHiddenLine() -> String? {
    var settings = termios()
    guard unsafe tcgetattr(input.rawValue, &settings) == 0 else { return nil }
    let shown = settings
    settings.c_lflag &= ~tcflag_t(ECHO)
    SignalWatch.handle { _, _ in
      restore(shown)
      exitNow(130)
    }
    _ = unsafe tcsetattr(input.rawValue, TCSADRAIN, &settings)
    let line = readLine(strippingNewline: true)
    restore(shown)
    SignalWatch.stopHandling()
    return line
  }

  private static func restore(_ settings: termios) {
    var settings = settings
    _ = unsafe tcsetattr(input.rawValue, TCSADRAIN, &settings)
  }
}
