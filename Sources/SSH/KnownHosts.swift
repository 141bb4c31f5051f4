internal import CSSH
import Glibc

/// One host key that a known_hosts file vouches for, or revokes.
struct KnownHostKey: Equatable {
  var type: String
  var base64: String
  var isRevoked: Bool
  var file: String
  var line: Int

  var place: String { "\(file):\(line)" }
  var fingerprint: String? { PublicKey(type: type, base64: base64)?.fingerprint }

  /// What to ask the server for in order to see this very key. A server that also has keys of other types
  /// would otherwise show one of those, and look as if it had changed.
  var algorithms: [String] {
    switch type {
    case "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"]
    case "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521": [type]
    default: []
    }
  }
}

/// The lines of some known_hosts files, read once and asked for many hosts.
///
/// belay reads these files itself: libssh knows at most two of them, no aliases, no revoked keys, and takes
/// `*,!name` for a match.
struct KnownHosts {
  private struct Line {
    var hosts: Substring
    var key: KnownHostKey
  }
  /// By a name without wildcards; the rest must be tried one by one.
  private var named: [String: [KnownHostKey]] = [:]
  private var patterns: [Line] = []

  init(texts: [(file: String, text: String)]) {
    for (file, text) in texts {
      var number = 0
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        number += 1
        add(line, file: file, number: number)
      }
    }
  }

  /// Lines that are no entry are passed over, as ssh does: the key that they meant stays unknown, which refuses.
  private mutating func add(_ line: Substring, file: String, number: Int) {
    var fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" })[...]
    guard let first = fields.first, !first.hasPrefix("#") else { return }
    var isRevoked = false
    if first.hasPrefix("@") {
      // A certificate authority's key vouches for certificates, which libssh cannot check: not for the host itself.
      guard first == "@revoked" else { return }
      isRevoked = true
      fields = fields.dropFirst()
    }
    guard fields.count >= 3 else { return }
    let hosts = fields[fields.startIndex]
    let key = KnownHostKey(
      type: String(fields[fields.startIndex + 1]), base64: String(fields[fields.startIndex + 2]),
      isRevoked: isRevoked, file: file, line: number)
    if hosts.contains(where: { "|*?!".contains($0) }) {
      patterns.append(Line(hosts: hosts, key: key))
    } else {
      for name in hosts.split(separator: ",") { named[name.lowercased(), default: []].append(key) }
    }
  }

  func keys(for name: String) -> [KnownHostKey] {
    var keys = named[name] ?? []
    for line in patterns where matches(line.hosts, name, line.key) { keys.append(line.key) }
    return keys
  }

  private func matches(_ hosts: Substring, _ name: String, _ key: KnownHostKey) -> Bool {
    if hosts.hasPrefix("|") {
      var entry: UnsafeMutablePointer<ssh_knownhosts_entry>?
      let status = unsafe ssh_known_hosts_parse_line(name, "\(hosts) \(key.type) \(key.base64)", &entry)
      defer { unsafe ssh_knownhosts_entry_free(entry) }
      return status == SSH_OK
    }
    var isMatch = false
    for pattern in hosts.split(separator: ",") {
      if pattern.hasPrefix("!") {
        if glob(pattern.dropFirst().lowercased(), name) { return false }
      } else if glob(pattern.lowercased(), name) {
        isMatch = true
      }
    }
    return isMatch
  }
}

/// `*` and `?` only, without backtracking further than the last `*`, so that no pattern takes exponential time.
func glob(_ pattern: String, _ name: String) -> Bool {
  let pattern = Array(pattern.utf8)
  let name = Array(name.utf8)
  var p = 0
  var n = 0
  var retry: (p: Int, n: Int)?
  while n < name.count {
    if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
      retry = (p, n)
      p += 1
    } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
      p += 1
      n += 1
    } else if let last = retry {
      retry = (last.p, last.n + 1)
      p = last.p + 1
      n = last.n + 1
    } else {
      return false
    }
  }
  return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
