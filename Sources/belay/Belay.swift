import CLI
import Model
import Platform

@main struct Belay {
  /// Synchronous, to be on the main thread: later threads inherit which signals it blocks. An asynchronous main would
  /// run on a worker thread, and Ctrl-C would end the main thread's process.
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    // Threads and signals are a third of what such an answer costs.
    if let code = CommandLineTool.answerAtOnce(words) { exitNow(code.rawValue) }
    SignalWatch.begin()
    Task.detached {
      let code = await CommandLineTool.run(words).rawValue
      PatientOutput.drain()
      exitNow(code)
    }
    waitForever()
  }
}
