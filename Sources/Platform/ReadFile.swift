internal import Glibc

/// All of a regular file, or an error; never more than `limit` bytes, and never waiting on a pipe or a device.
/// `throughLink`: whether the path itself may be a symbolic link; `shared`: whether everybody may write to the file.
package func readFile(_ path: String, limit: Int, throughLink: Bool = true, shared: Bool = true)
  throws(SystemError) -> [UInt8]
{
  if !throughLink, fileKind(path, followingLinks: false) == .symbolicLink {
    throw SystemError("read", path, code: ELOOP, reason: "it is a symbolic link")
  }
  let file = try FileDescriptor.open(
    path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (throughLink ? 0 : O_NOFOLLOW))
  let status = try file.status()
  if !shared, status.st_mode & S_IWOTH != 0 {
    throw SystemError("trust", path, code: EPERM, reason: "everybody may write to it")
  }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw SystemError("read", path, code: EISDIR)
  default: throw SystemError("read", path, code: EINVAL, reason: "it is not a regular file")
  }
  var contents: [UInt8] = []
  // One byte more than fits tells a full file from one that goes on; the size may change while we read.
  var chunkSize = min(max(0, Int(status.st_size)), limit) + 1
  while true {
    let chunk = try file.read(upTo: chunkSize)
    if chunk.isEmpty { return contents }
    contents += chunk
    guard contents.count <= limit else { throw tooLarge(path, limit: limit) }
    chunkSize = min(65536, limit - contents.count + 1)
  }
}

private func tooLarge(_ path: String, limit: Int) -> SystemError {
  SystemError("read", path, code: EFBIG, reason: "it is larger than the limit of \(byteSize(limit))")
}

/// `1.5 MiB`, for messages.
package func byteSize(_ count: Int) -> String {
  let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  guard count >= 1024 else { return count == 1 ? "1 byte" : "\(count) bytes" }
  var tenths = Double(count) * 10 / 1024
  var unit = 0
  while tenths.rounded() >= 10240, unit < units.count - 1 {
    tenths /= 1024
    unit += 1
  }
  let rounded = Int(tenths.rounded())
  let fraction = rounded % 10 == 0 ? "" : ".\(rounded % 10)"
  return "\(rounded / 10)\(fraction) \(units[unit])"
}
