/// A tar file in the form of POSIX.1-1988, which every tar reads: the same files always give the same bytes, since
/// nothing of the machine that packs them goes in, no owner and no clock.
struct UstarArchive {
  /// As the format numbers them, in seconds since 1970.
  let modified: Int
  private(set) var bytes: [UInt8] = []

  static let block = 512
  static let nameLimit = 100
  /// What eleven octal digits can say.
  static let sizeLimit = 0o77777777777

  init(modified: Int) { self.modified = min(max(0, modified), Self.sizeLimit) }

  /// False, and nothing is added, when the format has no room for the name or the size.
  mutating func add(_ name: String, _ content: [UInt8]) -> Bool {
    let name = Array(name.utf8)
    guard !name.isEmpty, name.count <= Self.nameLimit, !name.contains(0), content.count <= Self.sizeLimit
    else {
      return false
    }
    bytes += header(name, content.count)
    bytes += content
    bytes += [UInt8](repeating: 0, count: (Self.block - content.count % Self.block) % Self.block)
    return true
  }

  /// Two empty blocks end an archive, and tapes are written twenty blocks at a time.
  mutating func finish() {
    bytes += [UInt8](repeating: 0, count: 2 * Self.block)
    let tape = 20 * Self.block
    bytes += [UInt8](repeating: 0, count: (tape - bytes.count % tape) % tape)
  }

  private func header(_ name: [UInt8], _ size: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: Self.block)
    func put(_ text: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in text.enumerated() { header[offset + index] = byte }
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(modified, digits: 11), at: 136)
    // The sum is taken as if its own place held blanks.
    put("        ".utf8, at: 148)
    put("0".utf8, at: 156)
    put("ustar".utf8, at: 257)
    put("00".utf8, at: 263)
    put("root".utf8, at: 265)
    put("root".utf8, at: 297)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + [0], at: 148)
    return header
  }

  private func octal(_ number: Int, digits: Int) -> [UInt8] {
    let text = Array(String(number, radix: 8).utf8)
    return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text
  }
}
