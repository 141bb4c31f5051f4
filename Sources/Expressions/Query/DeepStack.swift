internal import Glibc

/// Runs `body` on a thread of its own with a large stack and waits for it.
/// Deep queries are rare, so only they pay for the thread; memory is taken page by page as it is used.
/// Throws `unavailable` when the system gives no thread.
func onStack<Failure>(
  ofBytes bytes: Int, unavailable: Failure, _ body: () throws(Failure) -> Void
) throws(Failure) {
  var outcome: Result<Void, Failure> = .failure(unavailable)
  withoutActuallyEscaping(body) { body in
    let job = Job {
      do throws(Failure) {
        try body()
        outcome = .success(())
      } catch {
        outcome = .failure(error)
      }
    }
    job.runOnOwnThread(stackBytes: bytes)
  }
  try outcome.get()
}

private final class Job {
  private let body: () -> Void

  init(_ body: @escaping () -> Void) { self.body = body }

  /// The starting thread waits in `pthread_join`, so the job never runs beside it and outlives its thread.
  func runOnOwnThread(stackBytes: Int) {
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return }
    defer { unsafe pthread_attr_destroy(&attributes) }
    guard unsafe pthread_attr_setstacksize(&attributes, stackBytes) == 0 else { return }
    var thread = pthread_t()
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    let started = unsafe pthread_create(
      &thread, &attributes,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().body()
        }
        return nil
      }, context)
    if started == 0 { pthread_join(thread, nil) }
  }
}
