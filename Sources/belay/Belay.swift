import CLI
import Model
import Platform

@main struct Belay {
  static func main() async {
    SignalWatch.begin()
    let code = await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))
    exitNow(code.rawValue)
  }
}
