import Glibc
import Platform
import TestSupport
import Testing

@Suite struct FileTests {
  let directory = ScratchDirectory()

  @Test func readsExactlyUpToTheLimit() throws {
    let path = try directory.write("0123456789", to: "ten")
    #expect(try readFile(path, limit: 10) == Array("0123456789".utf8))
    let error = #expect(throws: SystemError.self) { try readFile(path, limit: 9) }
    #expect(error?.description == "cannot read \(path): it is larger than the limit of 9 bytes")
  }

  @Test func readsWhatClaimsToBeEmptyButIsNot() throws {
    #expect(try !readFile("/proc/self/status", limit: 1 << 20).isEmpty)
  }

  @Test func refusesWhatIsNoRegularFile() throws {
    #expect(throws: SystemError("read", directory.path, code: EISDIR)) {
      try readFile(directory.path, limit: 10)
    }
    #expect(throws: SystemError.self) { try readFile("/dev/zero", limit: 10) }
    let pipe = directory.path + "/pipe"
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(throws: SystemError.self) { try readFile(pipe, limit: 10) }
    let missing = #expect(throws: SystemError.self) { try readFile(directory.path + "/none", limit: 10) }
    #expect(missing?.isNotFound == true)
    #expect(missing?.description == "cannot open \(directory.path)/none: No such file or directory")
  }

  @Test func refusesANulInsteadOfOpeningAnotherFile() throws {
    let path = try directory.write("x", to: "file")
    #expect(throws: SystemError.self) { try readFile(path + "\0.yaml", limit: 10) }
  }

  @Test func replacesWholeFilesAndSetsTheMode() throws {
    let path = try directory.write("old", to: "file")
    try replaceFile(path, with: Array("new".utf8), mode: 0o666)
    #expect(try readFile(path, limit: 10) == Array("new".utf8))
    #expect(mode(of: path) == 0o666)
    #expect(try listDirectory(directory.path) == ["file"])
  }

  @Test func neverReplacesThroughASymbolicLink() throws {
    let target = try directory.write("precious", to: "target")
    let link = directory.path + "/link"
    try #require(unsafe symlink(target, link) == 0)
    let error = #expect(throws: SystemError.self) { try replaceFile(link, with: [1]) }
    #expect(error?.code == ELOOP)
    #expect(try readFile(target, limit: 100) == Array("precious".utf8))
    #expect(try listDirectory(directory.path) == ["link", "target"])
  }

  @Test func leavesNothingBehindWhenReplacingFails() throws {
    let path = directory.path + "/occupied"
    try makeDirectory(path + "/child")
    #expect(throws: SystemError.self) { try replaceFile(path, with: [1]) }
    #expect(try listDirectory(directory.path) == ["occupied"])
  }

  @Test func makesDirectoriesWithTheirParents() throws {
    let path = directory.path + "/a/b/c"
    try makeDirectory(path)
    try makeDirectory(path)
    #expect(mode(of: path) == 0o700)
    #expect(mode(of: directory.path + "/a") == 0o700)
    let file = try directory.write("x", to: "file")
    let error = #expect(throws: SystemError.self) { try makeDirectory(file) }
    #expect(error?.description == "cannot make the directory \(file): a file of that name is there")
  }

  @Test func tellsKindsApart() throws {
    let file = try directory.write("x", to: "file")
    let link = directory.path + "/link"
    try #require(unsafe symlink(file, link) == 0)
    #expect(fileKind(file) == .file)
    #expect(fileKind(link) == .file)
    #expect(fileKind(link, followingLinks: false) == .symbolicLink)
    #expect(fileKind(directory.path) == .directory)
    #expect(fileKind("/dev/null") == .other)
    #expect(fileKind(directory.path + "/none") == nil)
  }

  @Test func knowsTheFreeSpace() throws {
    #expect(try freeSpace(at: directory.path) > 0)
    #expect(throws: SystemError.self) { try freeSpace(at: directory.path + "/none") }
  }
}

func mode(of path: String) -> mode_t? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}
