internal import CSSH
import Glibc

/// Keeps the loop out of libssh once the process exits.
///
/// OpenSSL takes itself apart in an exit handler while other threads still run: a loop thread that encrypts
/// one more packet then crashes a program that has already succeeded. Exit handlers run in reverse order, so
/// one that is registered after OpenSSL's runs before it: it waits until every loop sleeps, and lets none wake.
/// OpenSSL registers its own when it is first used, which is therefore done here.
enum ExitGuard {
  /// Loops hold it shared while they work; exiting takes it for good.
  private nonisolated(unsafe) static let lock: UnsafeMutablePointer<pthread_rwlock_t> = {
    let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    unsafe lock.initialize(to: pthread_rwlock_t())
    unsafe pthread_rwlock_init(lock, nil)
    var byte: UInt8 = 0
    unsafe ssh_get_random(&byte, 1, 0)
    atexit(waitForLoops)
    return unsafe lock
  }()

  static func enter() {
    unsafe pthread_rwlock_rdlock(lock)
  }

  static func leave() {
    unsafe pthread_rwlock_unlock(lock)
  }

  fileprivate static func close() {
    unsafe pthread_rwlock_wrlock(lock)
  }
}

private func waitForLoops() {
  ExitGuard.close()
}
