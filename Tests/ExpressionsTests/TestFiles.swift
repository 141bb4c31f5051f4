import Glibc
import Platform
import TestSupport

extension ScratchDirectory {
  /// Empty when there is no such file.
  func read(_ name: String) -> [UInt8] { (try? readFile(path(of: name), limit: 1 << 28)) ?? [] }
}

/// The exit status of a command run by `sh`.
func shell(_ command: String) -> Int32 {
  let status = unsafe system(command)
  return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
}

func isInstalled(_ program: String) -> Bool { shell("command -v \(program) >/dev/null 2>&1") == 0 }

func fixture(_ name: String, near file: String = #filePath) throws -> String {
  let path = Path.join(Path.join(Path.parent(of: file), "Fixtures"), name)
  return String(decoding: try readFile(path, limit: 1 << 24), as: UTF8.self)
}
