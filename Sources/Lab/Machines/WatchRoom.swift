import Glibc
import Platform

/// systemd watches files, half a dozen times on each node, out of a number that all of root's programs share: the usual
/// 128 are used up by about 20 nodes, and the next ones boot without a single service.
enum WatchRoom {
  private static let limit = "/proc/sys/fs/inotify/max_user_instances"
  private static let enough = 1024

  /// Only raised, and not put back: another lab may count on it by then. A machine that does not allow it may still have
  /// room; a node that finds none says so in its log.
  static func make() {
    guard let text = try? readFile(limit, limit: 64),
      let now = Int(String(decoding: text, as: UTF8.self).trimmedLine),
      now < enough
    else { return }
    let file = try? FileDescriptor.open(limit, O_WRONLY)
    try? file?.writeAll(Array("\(enough)\n".utf8))
  }
}
