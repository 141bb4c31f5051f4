import Platform

/// The network of a lab of machines: a namespace per node, a bridge between them in a control namespace, and one link from
/// there to this machine. No node has a default route, so nothing outside this machine can talk to one.
struct MachineNetwork: Sendable {
  let id: String
  /// The first three bytes of every address.
  let prefix: String

  var control: String { "belay-\(id)" }
  /// This machine's end of the link; an interface's name has at most 15 characters.
  var uplink: String { "belay\(id)" }
  func namespace(of node: String) -> String { "belay-\(id)-\(node)" }

  /// A /24 inside 10.0.0.0/8 that overlaps with no route of this machine.
  static func chooseFreePrefix() async throws -> String {
    let routes = try await Tool("ip").run(["-o", "-4", "route", "show", "table", "all"])
    let taken = routes.split(separator: "\n").compactMap(AddressRange.init(route:))
    for _ in 0..<1000 {
      let prefix = "10.\(Int.random(in: 64...254)).\(Int.random(in: 0...255))"
      guard let range = AddressRange("\(prefix).0/24") else { continue }
      if !taken.contains(where: { $0.overlaps(range) }) { return prefix }
    }
    throw LabError(
      "no /24 network inside 10.0.0.0/8 is free on this machine", help: "see: ip route show table all")
  }

  func build(_ nodes: [LabRecord.Node]) async throws {
    let ip = try Tool("ip")
    for namespace in [control] + nodes.map({ namespace(of: $0.name) }) {
      try await ip.run(["netns", "add", namespace])
    }
    var batch = [
      "link set lo up", "link add bridge type bridge", "link set bridge up",
      "link add uplink type veth peer name \(uplink)", "link set uplink master bridge up",
      // By our own process id: this machine's namespace need not be that of process 1.
      "link set \(uplink) netns \(Host.processID)",
    ]
    for node in nodes {
      batch.append("link add \(node.name) type veth peer name eth0 netns \(namespace(of: node.name))")
      batch.append("link set \(node.name) master bridge up")
    }
    try await ip.run(["-netns", control, "-batch", "-"], stdin: batch.joined(separator: "\n"))
    try await ip.run(
      ["-batch", "-"], stdin: "addr add \(prefix).1/24 dev \(uplink)\nlink set \(uplink) up\n")
    for node in nodes {
      try await ip.run(
        ["-netns", namespace(of: node.name), "-batch", "-"],
        stdin: "link set lo up\naddr add \(node.address)/24 dev eth0\nlink set eth0 up\n")
    }
  }

  func setLink(of node: String, up: Bool) async throws {
    try await Tool("ip").run(["-netns", control, "link", "set", node, up ? "up" : "down"])
  }

  /// Makes a node deaf to another one, which still hears it.
  func drop(from address: String, at node: String) async throws {
    try await Tool("ip").run(
      [
        "netns", "exec", namespace(of: node), Tool("iptables").path, "-A", "INPUT", "-s", address, "-j",
        "DROP",
      ])
  }

  func acceptAll(at node: String) async throws {
    try await Tool("ip").run(["netns", "exec", namespace(of: node), Tool("iptables").path, "-F", "INPUT"])
  }

  func destroy(_ nodes: [LabRecord.Node]) async throws {
    let ip = try Tool("ip")
    // The link first: a namespace lives on for a while after its name is gone, and would keep it.
    _ = try await ip.attempt(["link", "delete", uplink])
    for namespace in nodes.map({ namespace(of: $0.name) }) + [control]
    where fileKind("/run/netns/\(namespace)") != nil {
      try await ip.run(["netns", "delete", namespace])
    }
    // `ip` mounts it for the first namespace and never unmounts it; for the next one it would do so again.
    if (try? listDirectory("/run/netns"))?.isEmpty == true {
      _ = try await Tool("umount").attempt(["/run/netns"])
    }
  }
}

/// IPv4 addresses from `first` to `last`.
struct AddressRange: Sendable, Equatable {
  var first: UInt32
  var last: UInt32

  /// `10.1.2.0/24` or a single address.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let address = parts.first, parts.count <= 2 else { return nil }
    let bytes = address.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
    guard bytes.count == 4, let length = parts.count == 2 ? UInt32(parts[1]) : 32, length <= 32 else {
      return nil
    }
    let value = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let hostBits = length == 0 ? UInt32.max : (UInt32(1) << (32 - length)) &- 1
    first = value & ~hostBits
    last = value | hostBits
  }

  /// The destination of a line of `ip route`; nil for the default route, which covers everything.
  init?(route line: some StringProtocol) {
    let words = line.split(separator: " ")
    let kinds: Set<String> = [
      "local", "broadcast", "unicast", "blackhole", "unreachable", "prohibit", "multicast",
    ]
    guard let destination = words.first(where: { !kinds.contains(String($0)) }), destination != "default"
    else {
      return nil
    }
    self.init(destination)
  }

  func overlaps(_ other: AddressRange) -> Bool { first <= other.last && other.first <= last }
}
