import Glibc

/// Asks name servers on a thread of its own: getaddrinfo blocks for as long as it likes, and neither the
/// loop nor Swift's few pool threads may wait for it. An answer that comes too late is thrown away.
enum Resolver {
  private final class Question {
    let host: String
    let port: Int
    let answer: @Sendable (Result<[SocketAddress], ResolveError>) -> Void

    init(host: String, port: Int, answer: @escaping @Sendable (Result<[SocketAddress], ResolveError>) -> Void)
    {
      self.host = host
      self.port = port
      self.answer = answer
    }
  }

  static func resolve(
    host: String, port: Int, answer: @escaping @Sendable (Result<[SocketAddress], ResolveError>) -> Void
  ) {
    let question = Question(host: host, port: port, answer: answer)
    if let code = unsafe startThread(resolverThread, owning: question) {
      answer(.failure(ResolveError(text: "no thread for it (\(errnoText(code)))")))
    }
  }

  fileprivate static func serve(_ context: UnsafeMutableRawPointer) {
    let question = unsafe Unmanaged<Question>.fromOpaque(context).takeRetainedValue()
    question.answer(SocketAddress.resolve(host: question.host, port: question.port, numericOnly: false))
  }
}

private func resolverThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context = unsafe context { unsafe Resolver.serve(context) }
  return nil
}

/// Starts a detached thread that takes over `object`; returns errno if it cannot.
func startThread(
  _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?, owning object: AnyObject
) -> Int32? {
  let context = unsafe Unmanaged.passRetained(object)
  // Signals belong to the threads that expect them; a new thread inherits the mask of its maker.
  var all = sigset_t()
  var before = sigset_t()
  unsafe sigfillset(&all)
  unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
  var thread = pthread_t()
  let status = unsafe pthread_create(&thread, nil, body, context.toOpaque())
  unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  guard status == 0 else {
    unsafe context.release()
    return status
  }
  pthread_detach(thread)
  return nil
}
