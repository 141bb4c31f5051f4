import Model

extension Command {
  static let lab = Command(
    name: "lab", usage: "up|down|status|fault", summary: "a local cluster to try runbooks on", flags: []
  ) { _, _ in .usage }
}
