import Model

extension JournalTask {
  static let export = JournalTask(
    name: "export", usage: "RUN --bundle --out FILE", flags: [.bundle, .evidenceOut]
  ) { path, arguments, session in
    throw UsageError("usage: belay journal export RUN --bundle --out FILE")
  }
}
