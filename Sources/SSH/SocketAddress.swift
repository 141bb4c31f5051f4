import Glibc

/// One place that a host name stands for.
struct SocketAddress: Sendable {
  private var storage = sockaddr_storage()
  private var length: socklen_t = 0

  private init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
    self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size))
    unsafe withUnsafeMutableBytes(of: &storage) {
      unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(self.length)))
    }
  }

  /// Blocks while name servers are asked, unless `numericOnly`.
  static func resolve(host: String, port: Int, numericOnly: Bool) -> Result<[SocketAddress], ResolveError> {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : AI_ADDRCONFIG)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else {
      return .failure(ResolveError(text: unsafe String(cString: gai_strerror(status))))
    }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var entry = unsafe list
    while let found = unsafe entry {
      if let address = unsafe found.pointee.ai_addr {
        addresses.append(unsafe SocketAddress(copying: address, length: found.pointee.ai_addrlen))
      }
      unsafe entry = found.pointee.ai_next
    }
    return .success(addresses)
  }

  /// A socket on its way to this address: check `connectionError` once it is writable.
  func dial(keepalive: Duration?) -> Result<Int32, DialError> {
    let descriptor = socket(
      Int32(storage.ss_family), Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue),
      0)
    guard descriptor >= 0 else { return .failure(DialError(code: errno)) }
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    if let keepalive {
      let interval = Int32(clamping: min(max(keepalive.milliseconds / 1000, 1), 32_767))
      set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
      set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, interval)
      set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, interval)
      set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
      // Keepalive probes stop while data is unacknowledged: this is the same limit for that case.
      set(
        descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT,
        interval.multipliedReportingOverflow(by: 4000).partialValue)
    }
    let status = unsafe withUnsafeBytes(of: storage) { bytes in
      guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
        return Int32(-1)
      }
      return unsafe connect(descriptor, address, length)
    }
    if status != 0 && errno != EINPROGRESS {
      let code = errno
      close(descriptor)
      return .failure(DialError(code: code))
    }
    return .success(descriptor)
  }
}

struct ResolveError: Error {
  var text: String
}

struct DialError: Error {
  var code: Int32
}

private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
  var value = value
  _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// How a dialled socket fared: 0 when it is connected.
func connectionError(_ descriptor: Int32) -> Int32 {
  var code: Int32 = 0
  var length = socklen_t(MemoryLayout<Int32>.size)
  guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
  return code
}

/// Linux forgets this option at will, so it is set again whenever the socket was used: a delayed
/// acknowledgement costs 40 ms in each round trip of a handshake.
func acknowledgeQuickly(_ descriptor: Int32) {
  set(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, 1)
}
