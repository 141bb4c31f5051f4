import Glibc
import Platform
import TestSupport

/// A file that a program reads.
struct ScratchFile {
  private let directory = ScratchDirectory()
  private let path: String

  init(_ text: String) {
    path = (try? directory.write(text, to: "file")) ?? ""
  }

  /// What the program says of it, on both of its outputs.
  func run(_ command: String) -> String {
    let output = directory.path(of: "output")
    _ = unsafe system("timeout 60 \(command) '\(path)' >'\(output)' 2>&1")
    return String(decoding: (try? readFile(output, limit: 1 << 24)) ?? [], as: UTF8.self)
  }
}
