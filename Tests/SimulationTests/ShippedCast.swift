import Loading
import Model
import TestSupport

/// Every shipped runbook that acts, with what it needs to be played; and those that cannot be, with the reason.
struct ShippedCast {
  private(set) var carried: [ShippedRunbook] = []
  /// What runbooks copy from the controller is really read.
  private let desk = ScratchDirectory(inMemory: true)

  /// By name, why the simulation cannot carry it.
  static let left: [String: String] = [:]

  struct Unlisted: Error {
    var runbooks: [String]
  }

  init() throws {
    let certs = desk.path(of: "certs")
    let owners =
      ["placement-driver"] + (1...5).flatMap { ["chainfire-node-\($0)", "flaredb-series-\($0)"] }
    for name in owners.flatMap({ ["\($0).crt", "\($0).key"] }) + ["ca.crt", "ca-bundle.crt"] {
      _ = try desk.write("\(name)\n", to: "certs/\(name)")
    }
    for entry in ShippedRunbook.library.entries() {
      let loaded = ShippedRunbook.library.loadRunbook(entry)
      guard let runbook = loaded.value?.runbook, Self.acts(runbook.steps), Self.left["\(entry.name)"] == nil
      else { continue }
      var shipped = ShippedRunbook(name: entry.name)
      shipped.inputs["certs"] = certs
      carried.append(shipped)
    }
  }

  private static func acts(_ steps: [Step]) -> Bool {
    steps.contains { step in
      switch step.body {
      case .loop(let loop): acts(loop.steps)
      case .call(let call): acts(call.runbook.steps)
      case .run, .file, .own, .query: step.role == .act
      }
    }
  }
}
