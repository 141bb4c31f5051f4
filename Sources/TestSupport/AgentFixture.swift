internal import Glibc

/// A real ssh-agent of its own.
package final class AgentFixture {
  package let socket: String
  private let process: pid_t

  package init(directory: String) throws {
    socket = directory + "/agent.sock"
    process = try FixtureProcess.spawn(["/usr/bin/ssh-agent", "-D", "-a", socket])
    for _ in 0..<500 where unsafe access(socket, F_OK) != 0 { usleep(5000) }
  }

  deinit {
    kill(process, SIGTERM)
    FixtureProcess.reap(process)
  }

  package func add(_ identityFile: String) throws {
    try FixtureProcess.run([
      "/usr/bin/env", "SSH_AUTH_SOCK=\(socket)", "/usr/bin/ssh-add", "-q", identityFile,
    ])
  }
}
