import Glibc
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
    guard let file = unsafe fopen(output, "r") else { return "" }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }
}
