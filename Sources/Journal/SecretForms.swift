/// The ways in which a secret turns up in what commands print and in what we print about commands.
enum SecretForms {
  /// A fragment shorter than this is found everywhere by chance and tells nobody anything.
  private static let fragmentLimit = 4

  static func all(of secret: String) -> Set<[UInt8]> {
    let whole = Array(secret.utf8)
    // A secret read from a file often ends in a line break that no command prints back, and programs print a key of many
    // lines with something before each of them.
    let lines = whole.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map(Array.init)
    let secrets = [whole] + (lines.count == 1 ? lines : lines.filter { $0.count >= fragmentLimit })
    return secrets.reduce(into: []) { forms, secret in
      forms.insert(secret)
      forms.formUnion(base64(secret))
      forms.formUnion(urlQuoted(secret))
      forms.formUnion(shellQuoted(secret))
      forms.formUnion(jsonEscaped(secret))
    }
  }

  /// Inside a longer encoded text, such as `user:password`, a secret starts at one of three places in a group of three bytes.
  /// Only the digits that the neighbours do not touch are the same each time.
  private static func base64(_ secret: [UInt8]) -> [[UInt8]] {
    let bits = secret.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
    var forms: [[UInt8]] = []
    for alphabet in [standardAlphabet, urlAlphabet] {
      // Encoded on its own, the last digit is filled up with zeros.
      forms.append(digits(bits + [UInt8](repeating: 0, count: (6 - bits.count % 6) % 6), alphabet))
      for offset in 0..<3 {
        let sharedWithNeighbour = (6 - 8 * offset % 6) % 6
        let own = digits(Array(bits.dropFirst(sharedWithNeighbour)), alphabet)
        if own.count >= fragmentLimit { forms.append(own) }
      }
    }
    return forms
  }

  /// One digit for each six bits, without what is left over.
  private static func digits(_ bits: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
    (0..<bits.count / 6).map { group in
      alphabet[Int(bits[group * 6..<group * 6 + 6].reduce(0) { $0 << 1 | $1 })]
    }
  }

  private static let standardAlphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlAlphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Encoders differ in the case of their digits, in what they do to a space and in what they leave alone.
  private static func urlQuoted(_ secret: [UInt8]) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    for digits in ["0123456789ABCDEF", "0123456789abcdef"] {
      for untouched in ["-._~", "-._~/", "-._~!*'()", "-._*"] {
        for space in ["%20", "+"] {
          forms.append(
            secret.flatMap { byte -> [UInt8] in
              if isLetterOrDigit(byte) || untouched.utf8.contains(byte) { return [byte] }
              if byte == UInt8(ascii: " ") { return Array(space.utf8) }
              let hex = Array(digits.utf8)
              return [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            })
        }
      }
    }
    return forms
  }

  /// Inside single quotes (two customs), inside double quotes, with backslashes as `printf %q` prints it, and inside `$'…'`.
  private static func shellQuoted(_ secret: [UInt8]) -> [[UInt8]] {
    let singleQuote = UInt8(ascii: "'")
    func replacing(_ replacement: (UInt8) -> [UInt8]) -> [UInt8] { secret.flatMap(replacement) }
    return [
      replacing { $0 == singleQuote ? Array(#"'\''"#.utf8) : [$0] },
      replacing { $0 == singleQuote ? Array(#"'"'"'"#.utf8) : [$0] },
      replacing { #""$`\"#.utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] },
      replacing { #""$`\!"#.utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] },
      replacing {
        isLetterOrDigit($0) || $0 >= 0x80 || "-._/:=@%+,".utf8.contains($0) ? [$0] : [UInt8(ascii: "\\"), $0]
      },
      ansiQuoted(secret, octal: false), ansiQuoted(secret, octal: true),
    ]
  }

  private static func ansiQuoted(_ secret: [UInt8], octal: Bool) -> [UInt8] {
    secret.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\\"): return [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): return Array("\\n".utf8)
      case UInt8(ascii: "\t"): return Array("\\t".utf8)
      case UInt8(ascii: "\r"): return Array("\\r".utf8)
      case 0..<0x20, 0x7F,
        _ where octal && byte >= 0x80:
        let digits = String(byte, radix: 8)
        return Array("\\\(String(repeating: "0", count: 3 - digits.count))\(digits)".utf8)
      default: return [byte]
      }
    }
  }

  /// Plainly, with `\/`, with everything beyond ASCII as `\uXXXX`, and as a string within a string.
  private static func jsonEscaped(_ secret: [UInt8]) -> [[UInt8]] {
    let plain = jsonEscaped(secret, slashes: false, unicode: false)
    return [
      plain, jsonEscaped(secret, slashes: true, unicode: false),
      jsonEscaped(secret, slashes: false, unicode: true), jsonEscaped(secret, slashes: true, unicode: true),
      jsonEscaped(plain, slashes: false, unicode: false),
    ]
  }

  private static func jsonEscaped(_ text: [UInt8], slashes: Bool, unicode: Bool) -> [UInt8] {
    var out: [UInt8] = []
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)".utf8
      case "/" where slashes: out += "\\/".utf8
      case "\n": out += "\\n".utf8
      case "\t": out += "\\t".utf8
      case "\r": out += "\\r".utf8
      case _ where scalar.value < 0x20 || unicode && scalar.value > 0x7E:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          out += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
        }
      default: out += String(scalar).utf8
      }
    }
    return out
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
