internal import Glibc

extension Subprocess {
  /// Starts the program with these three files and nothing else of ours, default signals and no mask.
  func spawn(
    stdin: Int32, stdout: Int32, stderr: Int32, ownSession: Bool
  ) throws(SubprocessFailure) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, stdin, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, stdout, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, stderr, 2)
    guard let closeFrom = unsafe GlibcExtension.closeFrom,
      let changeDirectory = unsafe GlibcExtension.changeDirectory
    else { throw failure(ENOSYS, "start it: glibc 2.34 or newer is needed") }
    _ = unsafe closeFrom(&actions, 3)
    if let directory { _ = unsafe changeDirectory(&actions, directory) }

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    let grouping = ownSession ? Self.setSession : POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(grouping)))

    var pid: Int32 = 0
    var argv = unsafe cStrings([program] + arguments)
    defer { unsafe freeAll(argv) }
    var envp = unsafe cStrings((environment ?? [:]).map { "\($0)=\($1)" })
    defer { unsafe freeAll(envp) }
    let code =
      environment == nil
      ? unsafe posix_spawnp(&pid, program, &actions, &attributes, &argv, environ)
      : unsafe posix_spawnp(&pid, program, &actions, &attributes, &argv, &envp)
    guard code == 0 else {
      let place = directory.map { " in \($0)" } ?? ""
      throw failure(code, "start it\(place)")
    }
    return pid
  }

  /// POSIX_SPAWN_SETSID, which the Glibc module does not export.
  private static var setSession: Int32 { 0x80 }
}

/// Functions of glibc that its header hides from Swift, since they are not in POSIX.
private enum GlibcExtension {
  typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
  typealias ChangeDirectory =
    @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32

  static let closeFrom = unsafe lookUp("posix_spawn_file_actions_addclosefrom_np", as: CloseFrom.self)
  static let changeDirectory = unsafe lookUp(
    "posix_spawn_file_actions_addchdir_np", as: ChangeDirectory.self)

  private static func lookUp<F>(_ name: String, as type: F.Type) -> F? {
    unsafe dlsym(nil, name).map { unsafe unsafeBitCast($0, to: type) }
  }
}

/// A null-terminated array of C strings. Texts are cut at a null byte, as `exec` would.
private func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
  unsafe texts.map { unsafe strdup($0) } + [nil]
}

private func freeAll(_ pointers: [UnsafeMutablePointer<CChar>?]) {
  unsafe pointers.forEach { unsafe free($0) }
}
