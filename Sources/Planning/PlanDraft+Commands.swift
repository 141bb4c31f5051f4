import Expressions
import Model

/// Tasks, and the commands they run with every value that can be known already.
extension PlanDraft {
  mutating func tasks(of step: Step) -> [PlannedTask] {
    var places: [PlannedTask.Place] = [.belay]
    if let at = step.at { places = self.places(of: at, in: step) }
    var loops: [LoopBinding?] = [nil]
    if let each = step.each {
      loops = nodes(each.over.value, at: each.over.location, in: step).map {
        LoopBinding(variable: each.variable, node: $0)
      }
    }
    var tasks: [PlannedTask] = []
    // Batches are of nodes; of elements of `each:` when there is but one node.
    let isByPlace = places.count > 1
    let count = isByPlace ? places.count : loops.count
    var number: [Int] = []
    for (batch, members) in (step.serial ?? [.percent(100)]).batches(of: Array(0..<count)).enumerated() {
      number += members.map { _ in batch }
    }
    for (placeIndex, place) in places.enumerated() {
      for (loopIndex, loop) in loops.enumerated() {
        var task = task(of: step, at: place, loop: loop)
        task.batch = number[isByPlace ? placeIndex : loopIndex]
        tasks.append(task)
      }
    }
    return tasks
  }

  private mutating func task(of step: Step, at place: PlannedTask.Place, loop: LoopBinding?) -> PlannedTask {
    let here: NodeName? = if case .node(let name) = place { name } else { nil }
    let local = scope.at(here, loop: loop)
    var undo: PlannedCommand?
    if case .command(let command)? = step.rollback {
      // What is `here` to an undo is where the undo runs.
      var there = here
      if let at = command.at, let place = places(of: at, in: step).first {
        there = if case .node(let name) = place { name } else { nil }
      }
      undo = self.command(command.run, in: scope.at(there, loop: loop), changesAhead: true)
    }
    let work: PlannedTask.Work =
      switch step.body {
      case .query, .loop, .call: .query
      case .run(let text): .command(command(text, of: step, in: local))
      case .file(let file): .file(self.file(file, in: local, on: here))
      case .own(let act): self.work(act, in: local, at: place, step: step)
      }
    let task = PlannedTask(place: place, loop: loop, work: work, undo: undo)
    remember(task)
    return task
  }

  private mutating func command(_ text: ScalarText, of step: Step, in local: Scope) -> PlannedCommand {
    var command = command(text, in: local, changesAhead: followsAnAct(step))
    command.stdin = step.stdin.map { parts(of: $0, in: local) }
    return command
  }

  private mutating func command(_ text: ScalarText, in local: Scope, changesAhead: Bool) -> PlannedCommand {
    let template = ShellTemplate.parse(text.text).template
    var command = PlannedCommand(template: text.text, fixed: [:], late: [:], display: "")
    for reference in template.references {
      let path = reference.path
      let value = local.text(at: path)
      if isLate(path, in: local, changesAhead: changesAhead) {
        command.late[reference.text] = .some(value)
      } else if let value {
        command.fixed[reference.text] = value
      } else {
        complainMissing(reference, in: local, at: text)
      }
    }
    do {
      command.display = try template.display { command.fixed[$0.text] }
    } catch let error as ShellTemplate.RenderError {
      complain("command", error.message, at: text.location, help: error.help)
    } catch {
      complain("command", "\(error)", at: text.location)
    }
    return command
  }

  /// A value that an act or the passing of time may change is looked up again right before it is used.
  private func isLate(_ path: [String], in local: Scope, changesAhead: Bool) -> Bool {
    switch path.first {
    case "run", "leader", "cluster": return true
    case "steps":
      // A diagnosis that failed has left nothing: its refusal says why, not a complaint about what is missing.
      guard path.count > 1 else { return true }
      return local.value(at: Array(path.prefix(2))) == nil
    case "before", "inputs": return false
    default:
      // Who leads, and which of several it will be, is known when the step's turn comes.
      let isOpen = local.here == nil && local.value(at: Array(path.prefix(1))) == nil
      if isOpen, path.first == "here" || path.first == "node" { return true }
      return changesAhead && path.dropFirst().first == "member"
    }
  }

  mutating func complainMissing(_ reference: Reference, in local: Scope, at text: ScalarText) {
    let parent = local.value(at: Array(reference.path.dropLast()))?.objectValue?.keys ?? []
    let near = suggestion(for: reference.path.last ?? "", among: parent)
    complain(
      "missing-value", "nothing is at ${\(reference.text)}", at: text.location,
      help: near.map { "did you mean \"\($0)\"?" }
        ?? "give it a value in the inventory or in the system's `node:` defaults")
  }

  private mutating func file(_ act: FileAct, in local: Scope, on node: NodeName?) -> PlannedFile {
    let path = text(act.path, in: local)
    let parts = parts(of: act.content, in: local)
    let previous = previous(path, on: node)
    return PlannedFile(
      path: path, content: parts.shown, mode: act.mode, owner: act.owner,
      previous: parts.holdsSecrets ? previous.redacted(against: parts.shown) : previous,
      parts: parts.holdsSecrets ? parts : nil)
  }

  /// What will be there when the step's turn comes, as far as it is known.
  func previous(_ path: String, on node: NodeName?) -> PreviousFile {
    guard let node else { return .unknown }
    let place = FilePlace(node: node, path: path)
    return written[place] ?? facts.files[place] ?? .unknown
  }

  /// The same for a path whose content no plan shows.
  func sight(_ path: String, on node: NodeName?) -> PathSight? {
    let place = node.map { FilePlace(node: $0, path: path) }
    if let copied = place.flatMap({ copied[$0] }) { return copied }
    if let written = place.flatMap({ written[$0] }) { return PathSight(written) }
    return facts.path(path, on: node)
  }

  /// A later act on the same file or service finds what this one leaves.
  mutating func remember(_ task: PlannedTask) {
    guard case .node(let node) = task.place else { return }
    switch task.work {
    case .file(let file):
      let place = FilePlace(node: node, path: file.path)
      remember(file, at: place)
      copied[place] = nil
    case .copy(let copy):
      let place = FilePlace(node: node, path: copy.path)
      copied[place] = copy.after
      written[place] = .unknown
    case .service(let service): services[.service(node, service.name)] = service.after
    case .command, .moveAside, .wipe, .query: break
    }
  }

  private mutating func remember(_ file: PlannedFile, at place: FilePlace) {
    guard file.parts == nil else {
      written[place] = .unknown
      return
    }
    var mode = file.mode ?? "0644"
    var owner = file.owner ?? ""
    if case .present(_, let oldMode, let oldOwner) = file.previous {
      mode = file.mode ?? oldMode
      owner = file.owner ?? oldOwner
    } else if case .unknown = file.previous {
      written[place] = .unknown
      return
    }
    written[place] = .present(content: file.content, mode: mode, owner: owner)
  }

  /// The path when a text is one reference and nothing else.
  func wholeReference(_ text: String) -> [String]? {
    let parts = TextTemplate.parse(text).template.parts
    guard parts.count == 1, case .reference(let reference, _, _) = parts[0] else { return nil }
    return reference.path
  }

  /// A file is reviewed as a diff, so that everything in it must be known while planning.
  mutating func text(_ text: ScalarText, in local: Scope) -> String {
    parts(of: text, in: local).shown
  }

  private mutating func parts(of text: ScalarText, in local: Scope) -> [PlannedTextPart] {
    var parts: [PlannedTextPart] = []
    for part in TextTemplate.parse(text.text).template.parts {
      switch part {
      case .text(let text): parts.append(.text(text))
      case .reference(let reference, _, _):
        if let name = secretName(at: reference.path, in: local) {
          parts.append(.secret(name))
        } else if let value = local.text(at: reference.path) {
          parts.append(.text(value))
        } else if reference.path.first == "steps" {
          // A diagnosis that has not been surveyed yet, or failed, leaves its name in the draft.
          parts.append(.text("${\(reference.text)}"))
          complainOfLateStep(reference, in: local, at: text)
        } else {
          complainMissing(reference, in: local, at: text)
        }
      }
    }
    return parts
  }

  /// What comes after an act is not asked while planning, so that its name would be written in place of its value.
  private mutating func complainOfLateStep(_ reference: Reference, in local: Scope, at text: ScalarText) {
    guard reference.path.count > 1, followsAnAct(local.stepID(reference.path[1])) else { return }
    complain(
      "late-content", "${\(reference.text)} is known only after an act, and this is reviewed before any",
      at: text.location, help: "let its step come before the first act: `needs: []`")
  }

  private func secretName(at path: [String], in local: Scope) -> String? {
    let input = path.first == "inputs" ? path.dropFirst() : path[...]
    guard input.count == 1, let name = input.first, name != local.loop?.variable,
      case .secret? = local.inputs[name]
    else { return nil }
    return name
  }
}
