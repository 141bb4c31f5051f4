import Glibc
import Platform
import TestSupport
import Testing

@Suite struct FileLockTests {
  let directory = ScratchDirectory()

  @Test func theSecondHolderLearnsWhoTheFirstIs() throws {
    let path = directory.path + "/lock"
    let first = LockHolder(
      run: "r1", processID: 42, host: "ops-1", since: Timestamp(millisecondsSince1970: 0))
    let lock = try FileLock(path, holder: first)
    let error = #expect(throws: FileLockError.self) { try FileLock(path, holder: LockHolder(run: "r2")) }
    #expect(
      error?.description
        == "\(path) is locked by run r1 (process 42 on ops-1, since 1970-01-01T00:00:00.000Z)")
    #expect(lock.abandonedBy == nil)
    #expect(mode(of: path) == 0o600)
  }

  @Test func isFreeAfterItsHolderEndsWell() throws {
    let path = directory.path + "/lock"
    do { _ = try FileLock(path, holder: LockHolder(run: "r1")) }
    #expect(FileLock.holder(of: path) == nil)
    let second = try FileLock(path, holder: LockHolder(run: "r2"))
    #expect(second.abandonedBy == nil)
    #expect(FileLock.holder(of: path)?.run == "r2")
  }

  /// A child between fork and exec has a copy of every descriptor, close-on-exec or not.
  @Test func aCopyInAChildDoesNotHoldItOn() throws {
    let path = directory.path + "/lock"
    let copy: Int32
    do {
      let lock = try FileLock(path, holder: LockHolder(run: "r1"))
      copy = try #require(try descriptors(of: path).map { dup($0) }.first)
      withExtendedLifetime(lock) {}
    }
    defer { close(copy) }
    #expect(try FileLock(path, holder: LockHolder(run: "r2")).abandonedBy == nil)
  }

  private func descriptors(of path: String) throws -> [Int32] {
    let file = try FileDescriptor.open(path, O_RDONLY).status()
    return (0..<1024).filter { descriptor in
      var status = stat()
      return unsafe fstat(descriptor, &status) == 0 && status.st_ino == file.st_ino
        && status.st_dev == file.st_dev
    }
  }

  @Test func namesTheHolderThatDied() throws {
    let path = try directory.write("pid=42\nhost=ops-1\nrun=r1\nsince=2026-01-01T00:00:00.000Z\n", to: "lock")
    let lock = try FileLock(path, holder: LockHolder(run: "r2"))
    #expect(lock.abandonedBy?.run == "r1")
    #expect(lock.abandonedBy?.processID == 42)
  }

  @Test func aLineBreakForgesNoField() throws {
    let path = directory.path + "/lock"
    let holder = LockHolder(run: "r1\npid=1\r\nhost=evil", processID: 42, host: "ops-1")
    let lock = try FileLock(path, holder: holder)
    #expect(FileLock.holder(of: path)?.processID == 42)
    #expect(FileLock.holder(of: path)?.host == "ops-1")
    _ = lock
  }

  @Test func refusesASymbolicLink() throws {
    let target = try directory.write("precious", to: "target")
    let link = directory.path + "/lock"
    try #require(unsafe symlink(target, link) == 0)
    #expect(throws: FileLockError.self) { try FileLock(link, holder: LockHolder(run: "r1")) }
    #expect(try readFile(target, limit: 100) == Array("precious".utf8))
  }
}
