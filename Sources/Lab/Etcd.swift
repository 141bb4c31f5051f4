import Platform

/// One etcd member's settings, in the form that Debian's unit reads from /etc/default/etcd.
struct EtcdSettings {
  let node: LabRecord.Node
  let nodes: [LabRecord.Node]
  /// Whether it also listens on 127.0.0.1, where etcdctl looks by itself.
  let alsoLoopback: Bool
  var dataDirectory = "/var/lib/etcd/default"

  static var clientPort: Int { 2379 }
  static var peerPort: Int { 2380 }

  static func client(_ address: String) -> String { "http://\(address):\(clientPort)" }
  static func peer(_ address: String) -> String { "http://\(address):\(peerPort)" }

  var environmentFile: String {
    let members = nodes.filter { $0.role == .member }
    let cluster = members.map { "\($0.name)=\(Self.peer($0.address))" }.joined(separator: ",")
    let listen = [node.address] + (alsoLoopback ? ["127.0.0.1"] : [])
    return """
      ETCD_NAME=\(node.name)
      ETCD_DATA_DIR=\(dataDirectory)
      ETCD_LISTEN_CLIENT_URLS=\(listen.map(Self.client).joined(separator: ","))
      ETCD_ADVERTISE_CLIENT_URLS=\(Self.client(node.address))
      ETCD_LISTEN_PEER_URLS=\(Self.peer(node.address))
      ETCD_INITIAL_ADVERTISE_PEER_URLS=\(Self.peer(node.address))
      ETCD_INITIAL_CLUSTER=\(cluster)
      ETCD_INITIAL_CLUSTER_STATE=new
      ETCD_INITIAL_CLUSTER_TOKEN=belay-lab
      ETCD_HEARTBEAT_INTERVAL=100
      ETCD_ELECTION_TIMEOUT=1000

      """
  }
}

/// Waits until every member would take a change of the membership.
struct EtcdReadiness {
  let members: [LabRecord.Node]

  /// A member refuses changes until it has been connected to all others for five seconds. There is no read for that, so this
  /// proposes to add a peer URL that is a member's already: it is refused as unhealthy at first, later as a duplicate, and
  /// changes nothing either way.
  func wait(atMost limit: Duration) async throws {
    let etcdctl = try Tool("etcdctl")
    var waiting = members
    var lastAnswer = ""
    let isReady = try await poll(atMost: limit, every: .milliseconds(200)) {
      while let member = waiting.first {
        let answer = try await etcdctl.attempt([
          "--endpoints=\(EtcdSettings.client(member.address))", "--command-timeout=2s", "member", "add",
          "belay-lab-probe", "--learner", "--peer-urls=\(EtcdSettings.peer(member.address))",
        ])
        lastAnswer = lastLines(answer.stderr.text, 1)
        guard lastAnswer.lowercased().contains("peer urls already exists") else { return false }
        waiting.removeFirst()
      }
      return true
    }
    guard isReady else {
      let names = waiting.map(\.name).joined(separator: ", ")
      throw LabError("etcd was not ready for changes in time on \(names); it said last: \(lastAnswer)")
    }
  }
}
