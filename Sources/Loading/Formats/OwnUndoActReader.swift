import Model

/// Finds a file to be copied: where it lies on this machine.
package typealias FileLocator = (String) throws(FileProblem) -> String

extension Shape where Result == StepBody {
  /// `service: { name: etcd, state: stopped, enabled: false }`
  static var service: Shape {
    Shape("a mapping with \"name\" and \"state\" or \"enabled\"") { node, name, problems in
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let unit = keys.required("name", .text)
      let state = keys.optional("state", Shape<ServiceState>.choice)
      let enabled = keys.optional("enabled", .flag)
      if !keys.has("state"), !keys.has("enabled") {
        keys.reportMissing(
          ["state", "enabled"],
          Diagnostic(
            .error, "missing-key", "\(name) has neither \"state\" nor \"enabled\"", at: keys.location,
            help:
              "add \"state:\" with started, stopped, restarted or reloaded, or \"enabled:\" with true or false"
          ))
      }
      keys.finish()
      guard let unit, state != nil || enabled != nil else { return nil }
      return .own(.service(ServiceAct(name: unit, state: state, enabled: enabled)))
    }
  }

  /// `copy: { from: files/ca.crt, path: /etc/ssl/ca.crt, mode: "0644" }`
  static func copy(_ files: @escaping FileLocator) -> Shape {
    Shape("a mapping with \"from\" and \"path\"") { node, name, problems in
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let from = keys.required(
        "from", Shape<ScalarText>("the path of a file here", read: Shape<ScalarText>.text.read))
      let path = keys.required("path", .text)
      let mode = keys.optional("mode", .fileMode)
      let owner = keys.optional("owner", .fileOwner)
      keys.finish()
      guard let from, let path, let found = located(from, files, problems) else { return nil }
      return .own(.copy(CopyAct(from: found, path: path, mode: mode, owner: owner)))
    }
  }

  /// What an input names is found when its value is known.
  private static func located(_ from: ScalarText, _ files: FileLocator, _ problems: Problems) -> ScalarText? {
    if from.text.contains("${") { return from }
    do throws(FileProblem) {
      return ScalarText(try files(from.text), at: from.location)
    } catch {
      problems.report(error.diagnostic(at: from.location))
      return nil
    }
  }

  /// `move-aside: { path: /var/lib/x, missing: ok }`, or only the path.
  static var moveAside: Shape {
    Shape("a path, or a mapping with \"path\"") { node, name, problems in
      if case .scalar = node.content {
        return Shape<ScalarText>.text.read(node, name, problems)
          .map { .own(.moveAside(MoveAct(path: $0, mayBeMissing: false))) }
      }
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let path = keys.required("path", .text)
      let missing = keys.optional(
        "missing", Shape<String>.matching("ok", schema: ["const": "ok"]) { $0 == "ok" })
      keys.finish()
      return path.map { .own(.moveAside(MoveAct(path: $0, mayBeMissing: missing != nil))) }
    }
  }

  /// `wipe: { path: /var/lib/etcd, service: etcd, archive: /var/backups }`
  static var wipe: Shape {
    Shape("a mapping with \"path\", \"service\" and \"archive\"") { node, name, problems in
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let path = keys.required("path", .text)
      let service = keys.required("service", .text)
      let archive = keys.required(
        "archive", Shape<ScalarText>("a directory on the node, or none", read: Shape<ScalarText>.text.read))
      let because = keys.optional("because", .string)
      keys.finish()
      guard let path, let service, let archive else { return nil }
      let keeps = archive.text != "none"
      if keeps == keys.has("because") {
        problems.error(
          keeps ? "misplaced-key" : "missing-because",
          keeps
            ? "\"because\" belongs to \"archive: none\"" : "\(name) keeps nothing and does not say why",
          at: keys.location(of: keeps ? "because" : "archive"),
          help: keeps ? nil : "add \"because:\" with the reason, or \"archive:\" with a directory on the node"
        )
      }
      return .own(
        .wipe(WipeAct(path: path, service: service, archive: keeps ? archive : nil, because: because ?? "")))
    }
  }
}
