package import Glibc

/// Puts a file with these bytes in the place of `path`, whole or not at all, whatever crashes meanwhile: written beside,
/// synced, renamed, and the directory synced. A symbolic link at `path` is refused, not followed.
package func replaceFile(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws(SystemError) {
  let directory = try openDirectory(Path.parent(of: path))
  let name = Path.name(of: path)
  try refuseSymbolicLink(name, in: directory, shownAs: path)
  let temporary = ".\(name).\(hex(randomBytes(6))).tmp"
  let file = try directory.open(child: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
  do throws(SystemError) {
    try file.writeAll(bytes)
    // The umask may have taken bits away from the mode that was asked for.
    guard fchmod(file.rawValue, mode) == 0 else { throw SystemError.last("set the mode of", path) }
    try file.sync()
    guard unsafe renameat(directory.rawValue, temporary, directory.rawValue, name) == 0 else {
      throw SystemError.last("replace", path)
    }
  } catch {
    unsafe unlinkat(directory.rawValue, temporary, 0)
    throw error
  }
  try directory.sync()
}

private func refuseSymbolicLink(
  _ name: String, in directory: borrowing FileDescriptor, shownAs path: String
) throws(SystemError) {
  var status = stat()
  guard unsafe fstatat(directory.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
    if errno == ENOENT { return }
    throw SystemError.last("examine", path)
  }
  guard status.st_mode & S_IFMT != S_IFLNK else {
    throw SystemError(
      "replace", path, code: ELOOP, reason: "it is a symbolic link, and belay never writes through one")
  }
}
