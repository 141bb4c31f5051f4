/// Something that goes wrong on purpose, or is mended again. Each has taken effect when `fault` returns.
package enum LabFault: Sendable, Equatable {
  case linkDown, linkUp
  /// The node hears nothing from this other node, which still hears the node.
  case dropFrom(String)
  case acceptAll
  /// SIGKILL to the service; its unit may start it again.
  case killService
  /// The service keeps its connections and answers nothing.
  case pauseService, resumeService
  case stopService, startService
  /// The power is cut; files written before stay.
  case stopHost, startHost
  case rebootHost

  /// The words of the command line: `link-down`, `drop-from n2`, …
  package init(_ words: [String]) throws(LabError) {
    if let first = words.first {
      if words.count == 1, let fault = Self.simple[first] {
        self = fault
        return
      }
      if words.count == 2, first == "drop-from" {
        self = .dropFrom(words[1])
        return
      }
    }
    throw LabError(
      "\"\(words.joined(separator: " "))\" is not a fault",
      help: "faults are: \(Self.words.joined(separator: ", "))")
  }

  package static var words: [String] { simple.keys.sorted() + ["drop-from NODE"] }

  private static var simple: [String: LabFault] {
    [
      "link-down": .linkDown, "link-up": .linkUp, "accept-all": .acceptAll, "kill-service": .killService,
      "pause-service": .pauseService, "resume-service": .resumeService, "stop-service": .stopService,
      "start-service": .startService, "stop-host": .stopHost, "start-host": .startHost,
      "reboot-host": .rebootHost,
    ]
  }
}
