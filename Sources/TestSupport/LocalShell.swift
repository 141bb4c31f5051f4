internal import Glibc
package import Platform

/// A machine that is a directory of this one: commands are read by a real shell there, as an ordinary user even
/// when the tests run as root, so that nothing outside the directory can be touched.
package final class LocalShell: Sendable {
  package enum Kind: String, CaseIterable, Sendable, CustomStringConvertible {
    /// Whatever `sh` is here.
    case sh
    case dash, bash
    /// With its own applets in place of coreutils.
    case busybox

    package var description: String { rawValue }
    package var isInstalled: Bool { self == .sh || LocalShell.find(rawValue) != nil }
  }

  package let home: String
  private let scratch: ScratchDirectory
  private let programs: String
  private let path: String

  package init(_ kind: Kind = .sh) throws {
    scratch = ScratchDirectory()
    home = scratch.path(of: "home")
    programs = scratch.path(of: "bin")
    try makeDirectory(programs, mode: 0o755)
    try makeDirectory(home)
    if Self.isRoot {
      guard unsafe chmod(scratch.path, 0o711) == 0, unsafe chown(home, Self.nobody, Self.nobody) == 0 else {
        throw FixtureError("cannot hand \(home) over to an ordinary user")
      }
    }
    path = "\(programs):\(Self.systemPath)"
    if kind != .sh, let program = Self.find(kind.rawValue) {
      for name in ["sh"] + (kind == .busybox ? Self.applets : []) {
        guard unsafe symlink(program, "\(programs)/\(name)") == 0 else {
          throw FixtureError("cannot make a link to \(program)")
        }
      }
    }
  }

  /// The applets of busybox that Debian's has too; `flock` is not among those.
  private static let applets = [
    "cat", "chmod", "chown", "cp", "cut", "df", "dirname", "du", "head", "id", "mkdir", "mktemp", "mv",
    "realpath",
    "rm", "setsid", "sha256sum", "sleep", "stat", "sync", "tail", "tar", "timeout", "touch", "tr",
  ]
  private static let systemPath = "/usr/sbin:/usr/bin:/sbin:/bin"
  private static let nobody: UInt32 = 65534
  package static var isRoot: Bool { geteuid() == 0 }

  private static func find(_ program: String) -> String? {
    systemPath.split(separator: ":").map { "\($0)/\(program)" }.first { fileKind($0) == .file }
  }

  /// Puts a program of the test's own before those of this machine.
  package func install(_ name: String, script: String) throws {
    // A link to busybox may stand there.
    _ = unsafe unlink("\(programs)/\(name)")
    try replaceFile("\(programs)/\(name)", with: Array("#!/bin/sh\n\(script)\n".utf8), mode: 0o755)
  }

  /// Has the machine's shell read the command, as sshd would.
  package func run(
    _ command: String, stdin: [UInt8] = [], timeout: Duration = .seconds(20), outputLimit: Int = 1 << 20
  ) async throws -> SubprocessResult {
    var words = ["sh", "-c", command]
    if Self.isRoot {
      let user = "\(Self.nobody)"
      words = ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--"] + words
    }
    return try await Subprocess(
      words[0], Array(words.dropFirst()), environment: ["PATH": path, "HOME": home, "LC_ALL": "C"],
      directory: home, stdin: stdin, outputLimit: outputLimit, timeout: timeout
    ).run()
  }

  /// What a file there holds, or nil.
  package func text(_ name: String) -> String? {
    (try? readFile(Path.join(home, name), limit: 1 << 24)).map { String(decoding: $0, as: UTF8.self) }
  }
}
