package import Glibc

package func openDirectory(_ path: String) throws(SystemError) -> FileDescriptor {
  try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
}

/// After a file was created, renamed or removed in it: only then does the name survive a power loss.
package func syncDirectory(_ path: String) throws(SystemError) {
  try openDirectory(path).sync()
}

/// Makes the directory and what is missing above it. One that exists is left as it is, modes and all.
package func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(SystemError) {
  try refuseNull(in: path)
  if unsafe mkdir(path, mode) == 0 {
    try syncDirectory(Path.parent(of: path))
    return
  }
  let parent = Path.parent(of: path)
  switch errno {
  case EEXIST where fileKind(path) == .directory: return
  case EEXIST:
    throw SystemError("make the directory", path, code: ENOTDIR, reason: "a file of that name is there")
  case ENOENT where parent != path:
    try makeDirectory(parent, mode: mode)
    guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
      throw SystemError.last("make the directory", path)
    }
    try syncDirectory(parent)
  default: throw SystemError.last("make the directory", path)
  }
}

package enum FileKind: Sendable { case file, directory, symbolicLink, other }

/// What a path leads to, following symbolic links unless asked not to; nil when nothing can be seen there.
package func fileKind(_ path: String, followingLinks: Bool = true) -> FileKind? {
  var status = stat()
  let flags = followingLinks ? 0 : AT_SYMLINK_NOFOLLOW
  guard !path.utf8.contains(0), unsafe fstatat(AT_FDCWD, path, &status, flags) == 0 else { return nil }
  return switch status.st_mode & S_IFMT {
  case S_IFREG: .file
  case S_IFDIR: .directory
  case S_IFLNK: .symbolicLink
  default: .other
  }
}

package func fileSize(_ path: String) throws(SystemError) -> Int {
  try refuseNull(in: path)
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { throw SystemError.last("examine", path) }
  return status.st_size
}

/// The names in a directory, sorted, without `.` and `..`.
package func listDirectory(_ path: String) throws(SystemError) -> [String] {
  try refuseNull(in: path)
  guard let stream = unsafe opendir(path) else { throw SystemError.last("list", path) }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  errno = 0
  while let entry = unsafe readdir(stream) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
    errno = 0
  }
  guard errno == 0 else { throw SystemError.last("list", path) }
  return names.sorted()
}

package func removeFile(_ path: String) throws(SystemError) {
  try refuseNull(in: path)
  guard unsafe unlink(path) == 0 else { throw SystemError.last("remove", path) }
}

package func removeEmptyDirectory(_ path: String) throws(SystemError) {
  try refuseNull(in: path)
  guard unsafe rmdir(path) == 0 else { throw SystemError.last("remove", path) }
}

package func currentDirectory() throws(SystemError) -> String {
  guard let path = unsafe getcwd(nil, 0) else { throw SystemError.last("find", "the working directory") }
  defer { unsafe free(path) }
  return unsafe String(cString: path)
}

/// What an unprivileged user could still write to the filesystem that holds `path`.
package func freeSpace(at path: String) throws(SystemError) -> Int {
  try refuseNull(in: path)
  var status = statvfs()
  guard unsafe statvfs(path, &status) == 0 else { throw SystemError.last("examine the filesystem of", path) }
  return freeBytes(status)
}

func freeBytes(_ status: statvfs) -> Int {
  let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
    by: Int(clamping: status.f_frsize))
  return overflow ? .max : bytes
}
