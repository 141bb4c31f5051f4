internal import Glibc
package import Model

/// Reads a whole text file, bounded: whatever the path leads to, this ends soon and says what is wrong.
package func readTextFile(_ path: String) throws(FileProblem) -> SourceFile {
  try decodeText(readBytes(path), path)
}

func decodeText(_ bytes: [UInt8], _ path: String) throws(FileProblem) -> SourceFile {
  func place(_ prefix: ArraySlice<UInt8>) -> SourceLocation {
    let newline = UInt8(ascii: "\n")
    let line = prefix[(prefix.lastIndex(of: newline).map { $0 + 1 } ?? prefix.startIndex)...]
    return SourceLocation(
      file: path, line: 1 + prefix.count { $0 == newline },
      column: 1 + String(decoding: line, as: UTF8.self).unicodeScalars.count)
  }
  if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
    throw FileProblem(
      "not-utf8", "\(path) is saved as UTF-16", help: "save it as UTF-8", at: place([]))
  }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    let place = place(validPrefix(bytes))
    throw FileProblem(
      "not-utf8", "\(path) is not a UTF-8 text: line \(place.line) holds other bytes",
      help: "check the path, or save the file as UTF-8", at: place)
  }
  if let nul = bytes.firstIndex(of: 0) {
    throw FileProblem(
      "binary-file", "\(path) is a binary file: byte \(nul) is NUL", help: "check the path",
      at: place(bytes[..<nul]))
  }
  return SourceFile(path: path, text: text)
}

private func readBytes(_ path: String) throws(FileProblem) -> [UInt8] {
  // Non-blocking, so that opening a pipe nobody writes to cannot hang.
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
  guard descriptor >= 0 else { throw openProblem(path, errno) }
  defer { close(descriptor) }

  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw openProblem(path, errno) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw FileProblem("not-a-file", "\(path) is a directory, not a file")
  default: throw FileProblem("not-a-file", "\(path) is not a regular file")
  }

  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw openProblem(path, errno) }
    if count == 0 { return bytes }
    bytes += chunk.prefix(count)
    guard bytes.count <= YAMLLimits.fileBytes else {
      throw FileProblem(
        "too-large", "\(path) is larger than \(YAMLLimits.fileBytes >> 20) MiB", help: "check the path",
        at: SourceLocation(file: path, line: 1, column: 1))
    }
  }
}

private func openProblem(_ path: String, _ code: Int32) -> FileProblem {
  switch code {
  case ENOENT, ENOTDIR: FileProblem("no-such-file", "\(path) does not exist")
  case EACCES, EPERM:
    FileProblem(
      "unreadable-file", "\(path) may not be read by this user", help: "check who owns it: ls -l \(path)")
  default:
    FileProblem("unreadable-file", "\(path) cannot be read: \(unsafe String(cString: strerror(code)))")
  }
}

/// The bytes before the first that is no UTF-8.
private func validPrefix(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
  var decoder = UTF8()
  var iterator = bytes.makeIterator()
  var length = 0
  while case .scalarValue(let scalar) = decoder.decode(&iterator) { length += UTF8.width(scalar) }
  return bytes.prefix(length)
}

/// The names in a directory, sorted; empty when it cannot be read.
func directoryEntries(_ path: String) -> [String] {
  guard let directory = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(directory) }
  var names: [String] = []
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    names.append(name)
  }
  return names.filter { !$0.hasPrefix(".") }.sorted()
}

func isFile(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
