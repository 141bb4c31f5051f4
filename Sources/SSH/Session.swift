internal import CSSH
import Glibc
import Model
import Transport

/// One libssh session on a connected socket; for the loop thread only.
///
/// libssh is never asked for anything that could block or surprise: no name resolution, no ssh_config, no
/// known_hosts, no passwords. Its host name stays a constant, since the socket is already connected.
@safe final class Session {
  enum Progress {
    case done, pending, failed
  }
  enum Verdict {
    case accepted, pending, denied, partial, failed
  }

  let raw: ssh_session
  let descriptor: Int32
  /// Pumps this session only: an event shared among sessions loses wake-ups.
  private var event: ssh_event?
  private let counter: UnsafeMutablePointer<ssh_counter_struct>

  /// Takes over the descriptor, which libssh closes.
  init?(descriptor: Int32, endpoint: SSHEndpoint, hostKeyAlgorithms: [String]) {
    guard let raw = unsafe ssh_new() else {
      close(descriptor)
      return nil
    }
    unsafe self.raw = raw
    self.descriptor = descriptor
    unsafe counter = .allocate(capacity: 1)
    unsafe counter.initialize(to: ssh_counter_struct())
    unsafe ssh_set_counters(raw, counter, nil)
    unsafe ssh_set_message_callback(raw, refuseServerRequest, nil)
    ssh_set_log_level(SSH_LOG_NONE)
    unsafe ssh_set_blocking(raw, 0)
    var socket = descriptor
    var processConfig = false
    unsafe ssh_options_set(raw, SSH_OPTIONS_PROCESS_CONFIG, &processConfig)
    unsafe ssh_options_set(raw, SSH_OPTIONS_FD, &socket)
    unsafe ssh_options_set(raw, SSH_OPTIONS_HOST, "node")
    unsafe ssh_options_set(raw, SSH_OPTIONS_USER, endpoint.user)
    // Any directory will do, and spares a look into the password database for each session.
    unsafe ssh_options_set(raw, SSH_OPTIONS_SSH_DIR, "/")
    unsafe ssh_options_set(raw, SSH_OPTIONS_KNOWNHOSTS, "/dev/null")
    unsafe ssh_options_set(raw, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null")
    if !hostKeyAlgorithms.isEmpty {
      unsafe ssh_options_set(raw, SSH_OPTIONS_HOSTKEYS, hostKeyAlgorithms.joined(separator: ","))
    }
    if let agentSocket = endpoint.agentSocket {
      unsafe ssh_options_set(raw, SSH_OPTIONS_IDENTITY_AGENT, agentSocket)
    }
  }

  deinit {
    if let event = unsafe event {
      unsafe ssh_event_remove_session(event, raw)
      unsafe ssh_event_free(event)
    }
    unsafe ssh_free(raw)
    unsafe counter.deallocate()
  }

  var isConnected: Bool { unsafe ssh_is_connected(raw) != 0 }
  /// libssh closes the descriptor by itself when the connection breaks; its number may then be another's.
  var ownsDescriptor: Bool { unsafe ssh_get_fd(raw) == descriptor }
  var wantsToWrite: Bool { unsafe ssh_get_poll_flags(raw) & SSH_WRITE_PENDING != 0 }
  /// Tells whether a call has read packets, and with them perhaps those that another channel waits for.
  var bytesRead: UInt64 { unsafe counter.pointee.in_bytes }

  var errorText: String {
    guard let text = unsafe ssh_get_error(UnsafeMutableRawPointer(raw)) else { return "unknown error" }
    let message = unsafe String(cString: text)
    return message.isEmpty ? "the connection broke" : printable(message)
  }

  func exchangeKeys() -> Progress {
    // libssh wants to hear that the socket is writable after each write: ask at once, it nearly always is.
    for _ in 0..<4 {
      let status = unsafe ssh_connect(raw)
      if unsafe event == nil { adoptSocket() }
      if status == SSH_OK { return .done }
      if status != SSH_AGAIN { return .failed }
      if !wantsToWrite { break }
    }
    return .pending
  }

  private func adoptSocket() {
    // libssh makes a descriptor that it was given blocking again: one slow reader would then stop every node.
    let flags = fcntl(descriptor, F_GETFL)
    if ownsDescriptor, flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    unsafe event = ssh_event_new()
    if let event = unsafe event { unsafe ssh_event_add_session(event, raw) }
  }

  func serverKey() -> PublicKey? {
    var key: ssh_key?
    guard unsafe ssh_get_server_publickey(raw, &key) == SSH_OK, let key = unsafe key else { return nil }
    return unsafe PublicKey(owning: key)
  }

  func authenticate(with key: PrivateKey) -> Verdict {
    verdict { unsafe ssh_userauth_publickey(raw, nil, key.raw) }
  }

  func authenticateWithAgent() -> Verdict {
    verdict { unsafe ssh_userauth_agent(raw, nil) }
  }

  private func verdict(_ ask: () -> Int32) -> Verdict {
    for _ in 0..<4 {
      let status = ask()
      if status == SSH_AUTH_SUCCESS.rawValue { return .accepted }
      if status == SSH_AUTH_PARTIAL.rawValue { return .partial }
      if status == SSH_AUTH_DENIED.rawValue { return .denied }
      if status != SSH_AUTH_AGAIN.rawValue { return .failed }
      if !wantsToWrite { break }
    }
    return .pending
  }

  /// Reads and writes what the socket has and takes, calling back into the channels. False once the
  /// connection is lost.
  func pump() -> Bool {
    guard let event = unsafe event else { return false }
    for _ in 0..<16 {
      let before = bytesRead
      if unsafe ssh_event_dopoll(event, 0) == SSH_ERROR { return false }
      // libssh reads this much at once: a full read means that more is waiting.
      if bytesRead - before < 4096 { break }
    }
    return isConnected
  }
}

/// Nothing that a server may ask of a client is granted; unread, such requests would pile up in memory.
private func refuseServerRequest(
  session: ssh_session?, message: ssh_message?, context: UnsafeMutableRawPointer?
) -> Int32 {
  1
}
