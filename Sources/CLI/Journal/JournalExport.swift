import Model
import Platform
import Report

extension JournalTask {
  static let export = JournalTask(
    name: "export", usage: "RUN --bundle --out FILE", flags: [.bundle, .evidenceOut]
  ) { path, arguments, session in
    guard arguments.has(.bundle), let out = arguments.value(.evidenceOut) else {
      throw UsageError("usage: belay journal export RUN --bundle --out FILE")
    }
    let bundle = try EvidenceBundle(path)
    guard let bytes = bundle.archive() else {
      throw Stop(.journal, "\(path) is too large for a tar file; nothing was written")
    }
    try replaceFile(out, with: bytes, mode: 0o600)
    session.say(
      "\(bundle.files.count) files about run \(bundle.run), head \(bundle.head), in \(visible(out))")
    for text in bundle.leftOut { session.say("  left out  \(visible(text))") }
    session.say("VERIFY.md in it says how to check each of them without belay")
    return .done
  }
}
