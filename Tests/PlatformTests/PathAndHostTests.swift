import Glibc
import Platform
import Testing

@Suite struct PathTests {
  /// As `basename` and `dirname` answer.
  @Test(arguments: [
    ("/usr/lib", "lib", "/usr"), ("/usr/", "usr", "/"), ("usr", "usr", "."), ("/", "/", "/"),
    ("a//b", "b", "a"), ("./a", "a", "."), ("//a", "a", "/"),
  ])
  func splits(path: String, name: String, parent: String) {
    #expect(Path.name(of: path) == name)
    #expect(Path.parent(of: path) == parent)
  }

  @Test func joins() {
    #expect(Path.join("a", "b") == "a/b")
    #expect(Path.join("a/", "b") == "a/b")
    #expect(Path.join("", "b") == "b")
    #expect(Path.join("a", "/b") == "/b")
  }

  @Test(arguments: [
    ("../x/./y", "/a/b", "/a/x/y"), ("/x//y/..", "/a", "/x"), ("../../../..", "/a", "/"), (".", "/a", "/a"),
  ])
  func normalizes(path: String, directory: String, result: String) {
    #expect(Path.normalized(path, from: directory) == result)
  }

  @Test func dropsOneExtension() {
    #expect(Path.withoutExtension("a/b.tar.gz") == "a/b.tar")
    #expect(Path.withoutExtension("a.d/.hidden") == "a.d/.hidden")
    #expect(Path.withoutExtension("a.d/b") == "a.d/b")
  }
}

@Suite struct HostTests {
  @Test func knowsItself() throws {
    #expect(
      try Host.name
        == String(decoding: readFile("/proc/sys/kernel/hostname", limit: 300), as: UTF8.self).dropLast())
    #expect(Host.processID == getpid())
    #expect(!Host.userName.isEmpty)
    #expect(Host.environment("BELAY_SURELY_NOT_SET") == nil)
  }

  @Test func randomBytesDiffer() {
    #expect(randomBytes(16).count == 16)
    #expect(randomBytes(16) != randomBytes(16))
    #expect(randomBytes(-1).isEmpty)
  }

  @Test(arguments: [
    (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"),
    (1 << 20, "1 MiB"),
    ((1 << 20) - 1, "1 MiB"), (16 << 20, "16 MiB"), (Int.max, "8 EiB"),
  ])
  func sizesInWords(count: Int, text: String) {
    #expect(byteSize(count) == text)
  }
}
