import Glibc
import Model
import Transport

/// The sentences for everything that can keep a session from being opened.
extension SSHEndpoint {
  var agentPath: String? {
    if let agentSocket { return agentSocket }
    guard let path = unsafe getenv("SSH_AUTH_SOCK") else { return nil }
    let text = unsafe String(cString: path)
    return text.isEmpty ? nil : text
  }

  func noKeys(_ authentication: Authentication) -> TransportFailure {
    var problems = authentication.unusable
    if identityFiles.isEmpty { problems.append("no identity file is named") }
    return failure(
      .configuration, "there is no key to log in to \(place) with: " + problems.joined(separator: "; "),
      help: "name a readable key as `identity:` of node \(node), or start an agent and `ssh-add` the key")
  }

  func refusedKeys(_ authentication: Authentication, hungUp: String?) -> TransportFailure {
    var message =
      "\(place) does not let \(printable(user)) in; tried \(authentication.refused.joined(separator: ", "))"
    if let hungUp { message += "; the server hung up (\(hungUp))" }
    if !authentication.unusable.isEmpty {
      message += "; not tried: " + authentication.unusable.joined(separator: "; ")
    }
    return failure(
      .authentication, message,
      help: "the public half of one of these keys must be in ~\(printable(user))/.ssh/authorized_keys on the "
        + "node; try `ssh -p \(port) \(shellWord("\(user)@\(host)"))`")
  }

  func needsMoreThanAKey() -> TransportFailure {
    failure(
      .authentication,
      "\(place) accepted a key of \(printable(user)) but wants a second proof, such as a one-time password",
      help:
        "runbooks cannot answer it: let this user in with a key alone (AuthenticationMethods in sshd_config)")
  }
}

extension Connection {
  func unreachable() -> TransportFailure {
    var seen: [String] = []
    for error in dialErrors where !seen.contains(error) { seen.append(error) }
    return endpoint.failure(
      .unreachable, "\(endpoint.place) cannot be reached: \(seen.joined(separator: ", "))",
      help: "check that the node is up and its sshd listens there: "
        + "`ssh-keyscan -p \(endpoint.port) \(shellWord(endpoint.host))`")
  }

  func lateness() -> TransportFailure {
    let limit = seconds(endpoint.connectTimeout)
    let message =
      switch phase {
      case .resolving: "the host name \(endpoint.host) was not resolved within \(limit)"
      case .dialling: "\(endpoint.place) did not answer within \(limit)"
      case .exchangingKeys:
        "\(endpoint.place) took the connection but did not finish the key exchange within \(limit)"
      default: "\(endpoint.place) did not finish the login of \(printable(endpoint.user)) within \(limit)"
      }
    return endpoint.failure(
      .timeout, message, help: "check the node and the network between, or raise `connect_timeout:`")
  }

  func brokenHandshake(_ text: String) -> TransportFailure {
    if text.contains("server host key algo") {
      return endpoint.failure(
        .hostKeyUnknown,
        "\(endpoint.place) has no host key of a type that \(endpoint.knownHostsList) has for "
          + endpoint.knownHostsName,
        help: endpoint.recordKeyHelp)
    }
    return endpoint.failure(
      .broken, "\(endpoint.place) did not complete the SSH handshake: \(text)",
      help: "check that an SSH server listens there and what it logs: `ssh -v -p \(endpoint.port) "
        + "\(shellWord(endpoint.host))`")
  }
}
