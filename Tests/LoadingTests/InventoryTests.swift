import Loading
import Model
import Testing

@Suite struct InventoryTests {
  private let text = """
    ssh: { user: root, port: 22, identity: ~/.ssh/id, known_hosts: [known_hosts, /etc/hosts.known] }
    vars: { zone: a, size: 3 }
    clusters:
      demo:
        system: etcd
        ssh: { port: 2222, agent: false, connect_timeout: 1m30s }
        vars: { zone: b, flag: true }
        nodes:
          n1: { address: 10.0.0.1 }
          n2:
            address: fe80::1%eth0
            state: spare
            ssh: { user: admin, identity: ./keys/n2, host: jump.example }
            vars: { zone: c }
    """

  private func load(_ texts: String..., home: String? = "/home/me") -> LoadResult<Inventory> {
    let files = texts.enumerated().map { SourceFile(path: "inventories/\($0.offset).yaml", text: $0.element) }
    return loadInventory(files, home: home)
  }

  @Test func settingsAreInheritedKeyByKey() throws {
    let result = load(text)
    #expect(result.diagnostics == [])
    let cluster = try #require(result.value?.clusters.first)
    let n1 = try #require(cluster.node(NodeName("n1")))
    #expect(n1.state == .member)
    #expect(
      n1.ssh
        == SSHSettings(
          port: 2222, user: "root", identityFiles: ["/home/me/.ssh/id"],
          knownHostsFiles: ["inventories/known_hosts", "/etc/hosts.known"], useAgent: false,
          connectTimeoutSeconds: 90))
    #expect(n1.variables == ["zone": "b", "size": 3, "flag": true])

    let n2 = try #require(cluster.node(NodeName("n2")))
    #expect(n2.state == .spare)
    #expect(n2.ssh.user == "admin")
    #expect(n2.ssh.port == 2222)
    #expect(n2.ssh.host == "jump.example")
    #expect(n2.ssh.identityFiles == ["inventories/keys/n2"])
    #expect(n2.variables == ["zone": "c", "size": 3, "flag": true])
  }

  @Test func aClusterDefinedTwiceNamesBothPlaces() throws {
    let result = load(text, "clusters: { demo: { system: etcd, nodes: {} } }")
    #expect(result.value == nil)
    let diagnostic = try #require(result.diagnostics.first)
    #expect(diagnostic.code == "duplicate-cluster")
    #expect(diagnostic.location?.file == "inventories/1.yaml")
    #expect(diagnostic.notes.first?.location?.description == "inventories/0.yaml:4:3")
  }

  @Test func severalFilesAreMerged() throws {
    let inventory = try #require(load(text, "clusters: { two: { system: nats, nodes: {} } }").value)
    #expect(inventory.clusters.map(\.name.rawValue) == ["demo", "two"])
  }

  @Test func anEqualAddressIsOnlyAWarning() {
    let result = load("clusters: { d: { system: etcd, nodes: { a: { address: x }, b: { address: x } } } }")
    #expect(result.value != nil)
    #expect(result.diagnostics.map(\.code) == ["duplicate-address"])
  }

  @Test func withoutAHomeATildeIsAnError() {
    #expect(load(text, home: nil).diagnostics.map(\.code) == ["no-home"])
  }

  @Test(arguments: ["-l", "a b", "a;b", "$(x)", "a\u{1B}b", "", "a\nb", "é"])
  func noNameBecomesAnOptionOrSyntax(name: String) {
    let quoted = Value.string(name).json()
    for node in [
      "\(quoted): { address: x }", "n: { address: \(quoted) }",
      "n: { address: x, ssh: { host: \(quoted) } }", "n: { address: x, ssh: { user: \(quoted) } }",
    ] {
      let result = load("clusters: { d: { system: etcd, nodes: { \(node) } } }")
      #expect(result.value == nil, "\(node)")
    }
  }
}
