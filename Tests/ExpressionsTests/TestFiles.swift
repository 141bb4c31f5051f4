import Glibc

/// A directory of this test's own, removed with everything in it.
final class ScratchDirectory {
  let path: String

  init() {
    var template = Array("/tmp/belay-expressions-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, let made = unsafe mkdtemp(start) else { return "" }
      return unsafe String(cString: made)
    }
    precondition(!path.isEmpty, "no temporary directory")
  }

  deinit { _ = shell("rm -rf '\(path)'") }

  func write(_ bytes: [UInt8], to name: String) {
    guard let file = unsafe fopen("\(path)/\(name)", "w") else { return }
    unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
  }

  func read(_ name: String) -> [UInt8] { readFile("\(path)/\(name)") }
}

func readFile(_ path: String) -> [UInt8] {
  guard let file = unsafe fopen(path, "r") else { return [] }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe fread(&buffer, 1, 1 << 16, file)
    if count == 0 { return bytes }
    bytes += buffer.prefix(count)
  }
}

/// The exit status of a command run by `sh`.
func shell(_ command: String) -> Int32 {
  let status = unsafe system(command)
  return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
}

func isInstalled(_ program: String) -> Bool { shell("command -v \(program) >/dev/null 2>&1") == 0 }

func fixture(_ name: String, near file: String = #filePath) -> String {
  let directory = file.split(separator: "/").dropLast().joined(separator: "/")
  return String(decoding: readFile("/\(directory)/Fixtures/\(name)"), as: UTF8.self)
}

func monotonicSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Numbers that a seed repeats.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
