internal import Glibc
internal import Synchronization

/// One program to run on this machine, by argument vector: no shell reads it unless the program is one.
package struct Subprocess: Sendable {
  /// A path, or a name to look up in this process's PATH.
  package var program: String
  package var arguments: [String]
  /// The complete environment; nil hands on this process's own.
  package var environment: [String: String]?
  package var directory: String?
  package var stdin: [UInt8]
  /// How many bytes of each stream are kept; the rest is counted and dropped.
  package var outputLimit: Int
  package var timeout: Duration

  package init(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    directory: String? = nil, stdin: [UInt8] = [], outputLimit: Int = 1 << 20,
    timeout: Duration = .seconds(60)
  ) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.stdin = stdin
    self.outputLimit = outputLimit
    self.timeout = timeout
  }

  /// The program a user would call to have a command line read by the shell.
  package static func shell(_ command: String, timeout: Duration = .seconds(60)) -> Subprocess {
    Subprocess("/bin/sh", ["-c", command], timeout: timeout)
  }

  /// Runs the program in a process group of its own and collects what it prints. Throws only when it
  /// certainly did not start. Cancelling the task ends the group and returns `.cancelled`.
  package func run() async throws(SubprocessFailure) -> SubprocessResult {
    let cancellation = Cancellation()
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
        // Waiting for a process blocks, and Swift's own threads are too few to be blocked.
        let started = onOwnThread {
          continuation.resume(
            returning: Outcome { () throws(SubprocessFailure) in
              try superviseToItsEnd(cancellation)
            })
        }
        if let failure = started { continuation.resume(returning: .failure(threadFailure(failure))) }
      }
    } onCancel: {
      cancellation.request()
    }
    return try outcome.get()
  }

  /// Starts a daemon: a session of its own, nothing on stdin, both outputs appended to `log`, and it
  /// outlives this process. Returns its process id.
  package func spawnDetached(log: String) throws(SubprocessFailure) -> Int32 {
    let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard null >= 0 else { throw failure(errno, "open /dev/null") }
    defer { close(null) }
    let output = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw failure(errno, "open its log \(log)") }
    defer { close(output) }
    let pid = try spawn(stdin: null, stdout: output, stderr: output, ownSession: true)
    // While we live we are its parent: without this it would stay a zombie when it ends.
    _ = onOwnThread {
      var status: Int32 = 0
      while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }
    return pid
  }

  func failure(_ code: Int32, _ act: String) -> SubprocessFailure {
    SubprocessFailure(program: program, act: act, code: code)
  }

  private func threadFailure(_ code: Int32) -> SubprocessFailure { failure(code, "start a thread for it") }
}

private typealias Outcome = Result<SubprocessResult, SubprocessFailure>

package struct SubprocessResult: Sendable, Equatable {
  package var exit: SubprocessExit
  package var stdout: SubprocessOutput
  package var stderr: SubprocessOutput

  package var isSuccess: Bool { exit == .status(0) }
}

package enum SubprocessExit: Sendable, Equatable, CustomStringConvertible {
  case status(Int32)
  case signal(Int32)
  /// Its time was up and its process group was ended.
  case timedOut
  /// The task was cancelled and the process group was ended.
  case cancelled

  package var description: String {
    switch self {
    case .status(let status): "status \(status)"
    case .signal(let signal): "signal \(signal)"
    case .timedOut: "timed out"
    case .cancelled: "cancelled"
    }
  }
}

package struct SubprocessOutput: Sendable, Equatable {
  /// The first bytes, up to the limit.
  package var bytes: [UInt8] = []
  /// How many bytes there were in all.
  package var total = 0

  package var isTruncated: Bool { total > bytes.count }
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Why a program was never started.
package struct SubprocessFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package var program: String
  /// What was being done: `start it`, `open its log …`.
  package var act: String
  /// The errno value.
  package var code: Int32

  package init(program: String, act: String, code: Int32) {
    self.program = program
    self.act = act
    self.code = code
  }

  package var isNotFound: Bool { code == ENOENT }
  package var description: String {
    "cannot run \(program): could not \(act): \(unsafe String(cString: strerror(code)))"
  }
}

/// A request to stop, made on one thread and seen on another.
final class Cancellation: Sendable {
  private let flag = Mutex(false)
  func request() { flag.withLock { $0 = true } }
  var isRequested: Bool { flag.withLock { $0 } }
}

/// Runs the work on a new thread that no signal interrupts. Returns the errno value when there is none.
private func onOwnThread(_ work: @escaping @Sendable () -> Void) -> Int32? {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  let box = unsafe Unmanaged.passRetained(Box(work))
  let code = unsafe pthread_create(
    &thread, nil,
    { argument in
      // A write to a program that stopped reading must be an error, not the end of this process.
      var all = sigset_t()
      unsafe sigfillset(&all)
      unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
      if let argument = unsafe argument {
        unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work()
      }
      return nil
    }, box.toOpaque())
  guard code == 0 else {
    unsafe box.release()
    return code
  }
  pthread_detach(thread)
  return nil
}
