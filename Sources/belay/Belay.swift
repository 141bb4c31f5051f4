import CLI
import Model
import Platform

@main struct Belay {
  /// On the main thread: the threads that start later inherit which signals it blocks.
  @MainActor static func main() async {
    SignalWatch.begin()
    let code = await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))
    exitNow(code.rawValue)
  }
}
