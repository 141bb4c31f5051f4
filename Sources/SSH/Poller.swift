internal import CSSH
import Glibc

/// epoll, with a number for each descriptor instead of the descriptor itself.
final class Poller: Sendable {
  private let descriptor: Int32

  init() throws(LoopError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw LoopError(call: "epoll_create1", code: errno) }
  }

  deinit {
    close(descriptor)
  }

  func add(_ watched: Int32, token: Int, writing: Bool) -> Bool {
    control(EPOLL_CTL_ADD, watched, token, writing)
  }

  func change(_ watched: Int32, token: Int, writing: Bool) {
    _ = control(EPOLL_CTL_MOD, watched, token, writing)
  }

  func remove(_ watched: Int32) {
    _ = control(EPOLL_CTL_DEL, watched, 0, false)
  }

  private func control(_ operation: Int32, _ watched: Int32, _ token: Int, _ writing: Bool) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
    unsafe event.data.u64 = UInt64(UInt(bitPattern: token))
    return unsafe epoll_ctl(descriptor, operation, watched, &event) == 0
  }

  /// Appends the tokens of the descriptors that are ready, once there are any or the time is over.
  func wait(milliseconds: Int32, ready: inout [Int]) {
    unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
      let count = unsafe epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
      for index in 0..<max(0, Int(count)) {
        unsafe ready.append(Int(bitPattern: UInt(events[index].data.u64)))
      }
    }
  }
}
