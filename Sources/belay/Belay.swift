import CLI
import Model
import Platform

@main struct Belay {
  /// Synchronous, to be on the main thread: later threads inherit which signals it blocks. An asynchronous main would
  /// run on a worker thread, and Ctrl-C would end the main thread's process.
  static func main() {
    SignalWatch.begin()
    Task.detached { exitNow(await CommandLineTool.run(Array(CommandLine.arguments.dropFirst())).rawValue) }
    waitForever()
  }
}
