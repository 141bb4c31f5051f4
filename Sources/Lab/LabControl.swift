import Model
import Platform

/// Local clusters to try runbooks on: `belay lab up|down|status|fault`.
package enum LabControl {
  /// Makes a lab and returns when every node can be reached and the cluster would take a change of its members. A lab that
  /// is up already is left alone; one that is only half there is removed first.
  package static func up(_ spec: LabSpec, progress: (String) -> Void = { _ in }) async throws
    -> LabDescription
  {
    try spec.validate()
    let files = try LabFiles(absolute: spec.directory)
    try makeDirectory(files.directory)
    let lock = try openDirectory(files.directory)
    guard try lock.tryLock() else { throw busy(files) }
    if let record = try LabRecord.load(from: files) {
      var description = try await describe(record, files)
      if record.phase == .up, description.nodes.contains(where: { $0.condition != .gone }) {
        try refuseOther(spec, than: description)
        description.wasAlreadyUp = true
        return description
      }
      progress("removing what is left of an earlier lab in \(files.directory)")
      try await destroy(record, files)
      try makeDirectory(files.directory)
    }
    let record = try await plan(spec, progress)
    try record.save(in: files)
    do {
      return try await LabBuilder(record: record, files: files).build(progress)
    } catch {
      let logs = tails(record, files)
      progress("that failed; removing what was made")
      // In a task of its own: the reason may be that this one was cancelled.
      try? await Task { try await destroy(record, files) }.value
      if var failure = error as? LabError, !logs.isEmpty {
        failure.message += "\nthe nodes' logs end with:\n\(logs)"
        throw failure
      }
      throw error
    }
  }

  /// Ends and removes a lab completely. False when there was none.
  @discardableResult
  package static func down(directory: String, progress: (String) -> Void = { _ in }) async throws -> Bool {
    let files = try LabFiles(absolute: directory)
    guard fileKind(files.directory) == .directory else { return false }
    let lock = try openDirectory(files.directory)
    guard try lock.tryLock() else { throw busy(files) }
    guard let record = try LabRecord.load(from: files) else { return false }
    progress("removing lab \(record.id): \(record.nodes.map(\.name).joined(separator: ", "))")
    try await destroy(record, files)
    return true
  }

  /// The lab in the directory as it is now; nil when there is none.
  package static func status(directory: String) async throws -> LabDescription? {
    let files = try LabFiles(absolute: directory)
    guard let record = try LabRecord.load(from: files) else { return nil }
    return try await describe(record, files)
  }

  package static func fault(directory: String, node: String, kind: LabFault) async throws {
    let files = try LabFiles(absolute: directory)
    guard let record = try LabRecord.load(from: files) else {
      throw LabError("there is no lab in \(files.directory)", help: "belay lab up")
    }
    try refuseUnprivileged(record)
    try await backend(record, files).inject(kind, into: try record.node(node))
  }
}

extension LabControl {
  private static func plan(_ spec: LabSpec, _ progress: (String) -> Void) async throws -> LabRecord {
    var kind = spec.kind
    if kind == nil {
      // Only what nobody can mend by installing something makes a lesser lab.
      if Host.isRoot { try Tool.all(MachineBackend.programs) }
      let obstacle = try await MachineBackend.obstacle()
      kind = obstacle == nil ? .machines : .loopback
      if let obstacle { progress("\(obstacle): making nodes on loopback addresses instead") }
    }
    let chosen = kind ?? .loopback
    try Tool.all(
      (chosen == .machines ? MachineBackend.programs : LoopbackBackend.programs)
        + (spec.standIn == nil ? ["etcd", "etcdctl"] : StandIn.programs))
    if chosen == .machines, let obstacle = try await MachineBackend.obstacle() {
      throw LabError(
        "cannot make machines: \(obstacle)",
        help: "leave the choice of the kind to belay, which then makes nodes on loopback addresses")
    }
    if spec.standIn != nil, chosen == .loopback {
      throw LabError(
        "\(spec.system) is played on machines of its own only",
        help: "run `belay lab up` as root, without --rootless")
    }
    let id = hexadecimal(randomBytes(3))
    let network =
      chosen == .machines
      ? try await MachineNetwork.chooseFreePrefix() : try LoopbackBackend.chooseFreePrefix()
    let nodes = (1...spec.members + spec.spares).map { number in
      LabRecord.Node(
        name: "n\(number)", address: "\(network).\(10 + number)",
        role: number <= spec.members ? .member : .spare)
    }
    var standIn: StandIn?
    if let script = spec.standIn {
      let settings = spec.settings.sorted { $0.key < $1.key }.map { ($0.key, Value.string($0.value)) }
      standIn = try await StandIn.describe(script, nodes: nodes, settings: Value.Object(settings))
    }
    return LabRecord(
      id: id, phase: .starting, kind: chosen, system: spec.system, cluster: spec.name,
      user: chosen == .machines ? "root" : try await Tool("id").run(["-un"]).trimmedLine,
      port: chosen == .machines ? 22 : LoopbackBackend.port, network: network, nodes: nodes,
      standIn: standIn,
      controlGroups: chosen == .machines ? try ControlGroups.planned(id: id).roots : [])
  }

  static func backend(_ record: LabRecord, _ files: LabFiles) -> any Backend {
    switch record.kind {
    case .machines: MachineBackend(record: record, files: files)
    case .loopback: LoopbackBackend(record: record, files: files)
    }
  }

  static func describe(_ record: LabRecord, _ files: LabFiles) async throws -> LabDescription {
    let backend = backend(record, files)
    var nodes: [LabNode] = []
    for node in record.nodes {
      let condition = await backend.condition(of: node)
      let answer =
        condition == .running ? try await backend.systemctl(["is-active", record.service], on: node) : nil
      nodes.append(
        LabNode(
          name: node.name, address: node.address, port: record.port, role: node.role, condition: condition,
          service: answer?.stdout.text.trimmedLine))
    }
    return LabDescription(
      system: record.system, cluster: record.cluster, kind: record.kind, id: record.id,
      directory: files.directory, files: files, user: record.user, nodes: nodes)
  }

  private static func destroy(_ record: LabRecord, _ files: LabFiles) async throws {
    try refuseUnprivileged(record)
    try await backend(record, files).destroy(record.nodes)
    try files.remove()
  }

  private static func refuseOther(_ spec: LabSpec, than lab: LabDescription) throws(LabError) {
    let members = lab.nodes.count { $0.role == .member }
    let same = members == spec.members && lab.nodes.count - members == spec.spares && lab.cluster == spec.name
    guard same, spec.kind == nil || spec.kind == lab.kind else {
      throw LabError(
        """
        another lab is up in \(lab.directory): \(lab.cluster), \(members) members and \
        \(lab.nodes.count - members) spares, kind \(lab.kind.rawValue)
        """,
        help: "belay lab down, or name another directory")
    }
  }

  private static func refuseUnprivileged(_ record: LabRecord) throws(LabError) {
    guard record.kind == .loopback || Host.isRoot else {
      throw LabError("this lab's machines were made by root", help: "run the same command with sudo")
    }
  }

  private static func busy(_ files: LabFiles) -> LabError {
    LabError(
      "another belay is making or removing the lab in \(files.directory)", help: "wait until it is done")
  }

  private static func tails(_ record: LabRecord, _ files: LabFiles) -> String {
    record.nodes.compactMap { node in
      guard let log = try? readFile(files.log(of: node.name), limit: 4 << 20), !log.isEmpty else {
        return nil
      }
      return "\(node.name): \(lastLines(String(decoding: log, as: UTF8.self), 3))"
    }.joined(separator: "\n")
  }
}
