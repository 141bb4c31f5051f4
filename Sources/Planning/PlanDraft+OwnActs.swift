import Editing
import Model

/// Acts that bring their own undo, each planned on what was seen of its node.
extension PlanDraft {
  mutating func work(_ act: OwnUndoAct, in local: Scope, at place: PlannedTask.Place, step: Step)
    -> PlannedTask.Work
  {
    let node: NodeName? = if case .node(let name) = place { name } else { nil }
    switch act {
    case .edit(let act): return .file(edit(act, in: local, on: node, step: step))
    case .service(let act): return .service(service(act, in: local, on: node, step: step))
    case .copy(let act): return .copy(copy(act, in: local, on: node, step: step))
    case .moveAside(let act): return .moveAside(move(act, in: local, on: node, step: step))
    case .wipe(let act): return .wipe(wipe(act, in: local, on: node, step: step))
    }
  }

  /// The plan is made all the same, but must not be applied.
  mutating func refuse(_ step: Step, _ node: NodeName?, _ reason: String) {
    refusals.append(
      Plan.Refusal(step: step.id, reason: (node.map { "\($0): " } ?? "") + reason, verdict: nil))
  }

  private func failure(_ sight: Sight) -> String? {
    if case .failed(let reason)? = facts.sights[sight] { reason } else { nil }
  }

  // MARK: Settings

  private mutating func edit(_ act: EditAct, in local: Scope, on node: NodeName?, step: Step) -> PlannedFile {
    let path = text(act.path, in: local)
    var file = PlannedFile(
      path: path, content: "", mode: act.mode, owner: act.owner, previous: previous(path, on: node))
    let old: String
    switch file.previous {
    case .present(let content, _, _): old = content
    case .absent where act.creates: old = ""
    case .absent:
      refuse(step, node, "\(path) is not there; `create: true` would begin it")
      return file
    case .unknown:
      refuse(step, node, "\(path) cannot be edited: what is there now could not be read")
      return file
    }
    guard !old.contains("\u{FFFD}") else {
      refuse(step, node, "\(path) is not a UTF-8 text")
      return file
    }
    guard !old.contains(Secret.shown) else {
      refuse(
        step, node, "\(path) holds a secret that was given to this run, so that belay cannot see all of it")
      return file
    }
    let edits = act.settings.compactMap { setting -> SettingEdit? in
      guard let written = setting.value else { return SettingEdit(setting.path, to: nil) }
      return value(written, in: local).map { SettingEdit(setting.path, to: $0) }
    }
    do throws(EditError) {
      file.content = try editSettings(old, as: act.format, edits)
    } catch {
      refuse(step, node, "\(path):\(error)")
    }
    return file
  }

  /// A text that is one reference and nothing else takes the type of what it names.
  private mutating func value(_ written: WrittenValue, in local: Scope) -> SettingValue? {
    switch written {
    case .constant(let value): return value
    case .list(let elements): return .list(elements.compactMap { value($0, in: local) })
    case .text(let written):
      if let path = wholeReference(written.text), let found = local.value(at: path),
        let value = SettingValue(found)
      {
        return value
      }
      return .string(text(written, in: local))
    }
  }

  // MARK: Services

  private mutating func service(_ act: ServiceAct, in local: Scope, on node: NodeName?, step: Step)
    -> PlannedService
  {
    let name = unitName(act.name, in: local)
    let service = PlannedService(
      name: name, state: act.state, enabled: act.enabled, previous: facts.status(of: name, on: node),
      byThen: node.flatMap { services[.service($0, name)] })
    if let node, let reason = failure(.service(node, name)) {
      refuse(step, node, "\(name) could not be looked at: \(reason)")
    } else if let previous = service.previous, !previous.isKnown, !followsAnAct(step) {
      refuse(step, node, "systemd knows no \(name)")
    }
    return service
  }

  private mutating func unitName(_ text: ScalarText, in local: Scope) -> String {
    let name = self.text(text, in: local)
    let isName =
      !name.isEmpty && !name.hasPrefix("-")
      && name.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "@:._-\\".unicodeScalars.contains($0)
      }
    if !isName, !name.contains("${") {
      complain("service-name", "\"\(name)\" is no unit's name", at: text.location)
    }
    return name
  }

  // MARK: Copies

  private mutating func copy(_ act: CopyAct, in local: Scope, on node: NodeName?, step: Step) -> PlannedCopy {
    let source = text(act.from, in: local)
    let path = text(act.path, in: local)
    var copy = PlannedCopy(
      source: source, path: path, mode: act.mode, owner: act.owner, content: nil,
      previous: sight(path, on: node))
    if case .local(let digest)? = facts.sights[.local(source)] { copy.content = digest }
    if let reason = failure(.local(source)) { refuse(step, nil, reason) }
    switch copy.previous {
    case .link?:
      refuse(step, node, "\(path) is a symbolic link, and belay writes through none")
    case .directory?, .other?: refuse(step, node, "\(path) is not a regular file")
    default: break
    }
    return copy
  }

  // MARK: Moving aside and wiping

  private mutating func move(_ act: MoveAct, in local: Scope, on node: NodeName?, step: Step) -> PlannedMove {
    let path = exactPath(act.path, in: local, to: "moved aside")
    let sight = facts.path(path, on: node)
    switch sight {
    case .link?: refuse(step, node, "\(path) is a symbolic link, and is not moved")
    case .absent? where !act.mayBeMissing && !followsAnAct(step):
      refuse(step, node, "\(path) is not there; `missing: ok` would be content with that")
    default: break
    }
    return PlannedMove(path: path, mayBeMissing: act.mayBeMissing, previous: sight)
  }

  private mutating func wipe(_ act: WipeAct, in local: Scope, on node: NodeName?, step: Step) -> PlannedWipe {
    let path = exactPath(act.path, in: local, to: "wiped")
    let service = unitName(act.service, in: local)
    let archive = act.archive.map { exactPath($0, in: local, to: "an archive's place") }
    let allowed = planner.system?.wipeable ?? []
    if !path.contains("${"), !allowed.contains(where: { isPath(path, within: $0) }) {
      let known = allowed.isEmpty ? "nothing" : allowed.joined(separator: ", ")
      complain(
        "wipe-not-allowed", "\(path) must not be wiped: its system allows \(known)", at: act.path.location,
        help: "add it to `wipe: { allow: […] }` of system.yaml if it only ever holds a member's data")
    }
    if let archive, isPath(archive, within: path) {
      complain(
        "wipe-archive", "the archive would lie in what is wiped",
        at: act.archive?.location ?? act.path.location)
    }
    let sight = facts.path(path, on: node, exactly: true)
    let status = facts.status(of: service, on: node)
    switch sight {
    case .link?: refuse(step, node, "\(path) is or leads through a symbolic link, and is not wiped")
    case .file?, .other?: refuse(step, node, "\(path) is not a directory")
    default: break
    }
    if let node, let reason = failure(.service(node, service)) {
      refuse(step, node, "\(service) could not be looked at: \(reason)")
    }
    // Acts above may stop it and take it out of the cluster; right before wiping both are looked at again.
    if !followsAnAct(step) {
      if let status, !status.isKnown { refuse(step, node, "systemd knows no \(service)") }
      if let status, status.isKnown, !status.isInactive {
        refuse(step, node, "\(service) is \(status.active), and its data is not wiped while it may be used")
      }
      if let node, facts.observation?.membership?.member(of: node) != nil {
        refuse(step, node, "it is a member of the cluster, and a member's data is not wiped")
      }
    }
    return PlannedWipe(path: path, service: service, archive: archive, previous: sight, status: status)
  }

  private mutating func exactPath(_ written: ScalarText, in local: Scope, to purpose: String) -> String {
    let path = text(written, in: local)
    if !path.contains("${"), let problem = pathProblem(path) {
      complain(
        "inexact-path", "\"\(path)\" cannot be \(purpose): \(problem)", at: written.location,
        help: "write an absolute path of at least two parts, as it is")
    }
    return path
  }
}
