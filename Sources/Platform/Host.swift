internal import Glibc

/// Who and where we are.
package enum Host {
  package static var name: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      // Room for one byte more than is asked for: a cut name comes without its final NUL.
      unsafe buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress, unsafe gethostname(start, buffer.count - 1) == 0 else {
        return "localhost"
      }
      return unsafe String(cString: start)
    }
  }

  package static var processID: Int32 { getpid() }
  package static var isRoot: Bool { geteuid() == 0 }

  /// The login name of the person behind this process: through `sudo` that is whoever called it.
  package static var userName: String {
    if isRoot, let caller = environment("SUDO_USER"), !caller.isEmpty { return caller }
    return unsafe passwordEntry { unsafe $0.pw_name } ?? "uid \(getuid())"
  }

  /// The running program's own file.
  package static var executablePath: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package static var homeDirectory: String? {
    if let home = environment("HOME"), Path.isAbsolute(home) { return home }
    return unsafe passwordEntry { unsafe $0.pw_dir }
  }

  package static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  private static func passwordEntry(_ field: (passwd) -> UnsafeMutablePointer<CChar>?) -> String? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard let start = buffer.baseAddress,
        unsafe getpwuid_r(getuid(), &entry, start, buffer.count, &found) == 0,
        unsafe found != nil, let text = unsafe field(entry)
      else { return nil }
      return unsafe String(cString: text)
    }
  }
}

/// From the kernel's generator, so that no two runs ever get the same name.
package func randomBytes(_ count: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<max(0, count)).map { _ in generator.next() }
}

func hex(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
