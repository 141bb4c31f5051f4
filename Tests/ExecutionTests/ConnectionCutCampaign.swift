import Execution
import Model
import SSH
import TestSupport
import Testing
import Transport

/// Real connections that end while acts are under way, each at its own moment.
@Suite struct ConnectionCutCampaign {
  /// Whose connections are cut at the same moment.
  private static let width = 8

  @Test(
    "guarantee 3: an act whose connection is cut has its effect once, and its outcome is fetched",
    .enabled(if: SSHDFixture.obstacle == nil))
  func cut() async throws {
    let server = try SSHDFixture(addressCount: Self.width)
    var lost = 0
    try await Campaign("connections cut during \(Self.width) acts", ci: 5, soak: 250).run { one in
      let transport = server.transport()
      let acts = server.nodes.map { CutAct(node: $0, number: one.number, server: server) }
      let delay = Int.random(in: 0...160, using: &one.random)
      let waits = acts.map { _ in Int.random(in: 0...60, using: &one.random) }
      let answers = await withTaskGroup(of: (Int, Receipt.State?).self) { group in
        for (index, act) in acts.enumerated() {
          group.addTask { (index, await act.send(lasting: waits[index], through: transport)) }
        }
        try? await Task.sleep(for: .milliseconds(delay))
        server.cutConnections()
        return await group.reduce(into: [Int: Receipt.State?]()) { $0[$1.0] = $1.1 }
      }
      var heard = 0
      for (index, act) in acts.enumerated() {
        if case .done(exit: 3)?? = answers[index] { heard += 1 }
        let outcome = try await act.settle(
          heard: answers[index] ?? nil, lasting: waits[index], through: transport)
        try one.expect(outcome == .done(exit: 3), "\(act.node) after \(delay) ms: \(outcome)")
        try one.expect(act.effects == 1, "\(act.node) after \(delay) ms: \(act.effects) effects")
      }
      for run in Set(acts.map(\.run)) {
        _ = try await transport.run(
          CommandRequest(node: acts[0].node, command: Receipt.forgetCommand(run: run), timeout: .seconds(20)))
      }
      await transport.close()
      lost += acts.count - heard
      return heard == acts.count ? "heard of all" : heard == 0 ? "heard of none" : "heard of some"
    }
    print("  \(lost) outcomes were fetched after the connection was lost")
  }
}

private struct CutAct {
  var node: NodeName
  var number: Int
  var server: SSHDFixture

  /// Receipts lie where root's lie on this machine: no other run of this test may have had the same.
  var run: RunID { RunID("cut-\(server.directory.split(separator: "/").last ?? "")-\(number)") }
  var attempt = 1
  private var receipt: Receipt { Receipt(run: run, name: "\(node).0", attempt: attempt) }
  private var mark: String { "\(server.directory)/\(number)-\(node)" }
  var effects: Int { ((try? FixtureFiles.read(mark)) ?? "").count { $0 == "\n" } }

  /// What the runner would hear; nil when it certainly did not start, as far as the controller can tell.
  func send(lasting milliseconds: Int, through transport: SSHTransport) async -> Receipt.State? {
    let command = "sleep 0.0\(milliseconds / 10); echo x >> '\(mark)'; sleep 0.0\(milliseconds % 10); exit 3"
    let request = CommandRequest(
      node: node, command: receipt.runCommand(command, timeoutSeconds: 20), timeout: .seconds(20))
    return (try? await transport.run(request)).map { Receipt.read($0).state }
  }

  /// As the runner does with an outcome that it did not hear: it asks, and starts again only what was never started.
  func settle(heard: Receipt.State?, lasting milliseconds: Int, through transport: SSHTransport) async throws
    -> Receipt.State
  {
    var asked = self
    if case .done? = heard { return .done(exit: 3) }
    for _ in 0..<20 {
      let request = CommandRequest(node: node, command: asked.receipt.askCommand, timeout: .seconds(20))
      guard let result = try? await transport.run(request), case .status = result.exit else { continue }
      let state = Receipt.read(result).state
      guard state == .never else { return state }
      asked.attempt += 1
      if case .done(let exit)? = await asked.send(lasting: milliseconds, through: transport) {
        return .done(exit: exit)
      }
    }
    throw FixtureError("\(node) could not be asked")
  }
}

extension SSHDFixture {
  fileprivate var nodes: [NodeName] { addresses.indices.map { NodeName("n\($0)") } }

  fileprivate func transport() -> SSHTransport {
    SSHTransport(
      endpoints: zip(nodes, addresses).map { node, address in
        SSHEndpoint(
          node: node, host: address, port: port, user: user, identityFiles: [identityFile], useAgent: false,
          knownHostsFiles: [knownHostsFile])
      })
  }
}
