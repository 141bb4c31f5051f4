import Model

/// A text that holds references or is a query, and what its names may be.
struct ExpressionSite {
  enum Kind { case command, text, query }

  let text: ScalarText
  let kind: Kind
  /// What is wrong with a path at this place.
  let judge: ([String], Scope.Spelling) -> Scope.Problem?
}

extension Step {
  /// Every expression of the step, each with what is in scope where it is evaluated.
  func expressionSites(in runbook: Runbook, _ context: RuleContext) -> [ExpressionSite] {
    let whole = Scope(self, in: runbook, context, moment: .step)
    let task = Scope(self, in: runbook, context, moment: .task)
    // Where a secret may stand: what is written or read there is neither a command nor shown.
    var hidden = task
    hidden.allowsSecrets = true
    let after = Scope(self, in: runbook, context, moment: .undo)

    func site(_ text: ScalarText?, _ kind: ExpressionSite.Kind, _ scope: Scope) -> [ExpressionSite] {
      text.map { [ExpressionSite(text: $0, kind: kind, judge: scope.problem)] } ?? []
    }
    var sites = site(title, .text, whole) + site(when, .query, whole)
    switch body {
    case .run(let command): sites += site(command, .command, task)
    case .file(let file): sites += site(file.path, .text, task) + site(file.content, .text, hidden)
    case .own(let act): sites += act.texts.flatMap { site($0, .text, task) }
    case .call(let call): sites += call.arguments.flatMap { site($0.value, .text, whole) }
    case .query, .loop: break
    }
    if let progress = poll?.progress { sites += site(progress.left, .query, task) }
    sites += site(expect, .query, task) + out.flatMap { outputSite($0.query, task) }
    sites += site(landed, .query, task) + site(danger, .text, task)
    sites += site(stdin, .text, hidden)
    if case .command(let undo)? = rollback { sites += site(undo.run, .command, after) }
    return sites
  }
}

extension Step {
  /// What a called runbook gives back is found among its own steps; every other step looks at what it was told.
  private func outputSite(_ query: ScalarText, _ scope: Scope) -> [ExpressionSite] {
    guard case .call(let call) = body else {
      return [ExpressionSite(text: query, kind: .query, judge: scope.problem)]
    }
    let outputs = Dictionary(call.runbook.steps.map { ($0.id.rawValue, $0.out.map(\.name)) }) { first, _ in
      first
    }
    let roots = ["steps", "cluster", "before"]
    return [
      ExpressionSite(text: query, kind: .query) { path, spelling in
        guard let root = path.first else { return nil }
        guard roots.contains(root) else { return unknownName(root, spelling, among: roots) }
        guard root == "steps", let step = path.dropFirst().first else { return nil }
        guard let known = outputs[step] else {
          return Scope.Problem(
            code: "unknown-step", message: "\(call.name.value) has no step \(quoted(step))",
            help: didYouMean(step, among: outputs.keys.sorted()))
        }
        guard let output = path.dropFirst(2).first, !known.contains(output) else { return nil }
        return Scope.Problem(
          code: "unknown-output",
          message: "the step \(quoted(step)) of \(call.name.value) has no output \(quoted(output))",
          help: didYouMean(output, among: known))
      }
    ]
  }
}

extension ClusterSystem {
  /// Questions see the node they are put to; the view sees it too, and `identify` a member beside it.
  var expressionSites: [ExpressionSite] {
    let defaults = nodeDefaults.map(\.name)
    let fields = Scope.builtInNodeFields.union(defaults).sorted()

    func roots(_ names: [String]) -> ([String], Scope.Spelling) -> Scope.Problem? {
      { path, spelling in
        guard let root = path.first else { return nil }
        guard names.contains(root) else {
          var problem = unknownName(root, spelling, among: names)
          if let first = names.first(where: { $0 != "member" }), fields.contains(root) {
            problem.help = "write \(spelling.write("\(first).\(root)"))"
          }
          return problem
        }
        guard root != "member", let field = path.dropFirst().first else { return nil }
        return unknownField(field, of: name, among: fields, isSure: false)
      }
    }
    let texts = nodeDefaults.compactMap { entry -> ExpressionSite? in
      guard case .text(let text) = entry.value else { return nil }
      return ExpressionSite(text: text, kind: .text) { path, _ in
        path.first.flatMap { unknownField($0, of: name, among: fields, isSure: false) }
      }
    }
    let questions = observe.questions.map {
      ExpressionSite(text: $0.run, kind: .command, judge: roots(["here", "node"]))
    }
    return texts + questions + [
      ExpressionSite(text: observe.view, kind: .query, judge: roots(["node"])),
      ExpressionSite(text: observe.identify, kind: .query, judge: roots(["member", "node"])),
    ] + guards.flatMap(guardSites)
  }

  /// A guard sees the cluster as it is and as it will be, and who it happens to.
  private func guardSites(_ declared: SystemGuard) -> [ExpressionSite] {
    let fields = Scope.builtInNodeFields.union(nodeDefaults.map(\.name)).union(["member"]).sorted()
    let known = ["cluster", "after", "target", "effect"]
    func judge(_ path: [String], _ spelling: Scope.Spelling) -> Scope.Problem? {
      guard let root = path.first else { return nil }
      guard known.contains(root) else { return unknownName(root, spelling, among: known) }
      guard root == "target", let field = path.dropFirst().first else { return nil }
      return unknownField(field, of: name, among: fields, isSure: false)
    }
    return ([declared.require] + declared.evidence).map {
      ExpressionSite(text: $0, kind: .query, judge: judge)
    } + [ExpressionSite(text: declared.because, kind: .text, judge: judge)]
  }
}

/// `${nod}` or `$nod`, where only `names` mean something.
func unknownName(_ root: String, _ spelling: Scope.Spelling, among names: [String]) -> Scope.Problem {
  let near = didYouMean(root, among: names) { spelling.write($0) }
  return Scope.Problem(
    code: spelling == .reference ? "unknown-name" : "unknown-variable",
    message: "there is no \(spelling.write(root)) here",
    help: near ?? "known here: \(names.map(spelling.write).joined(separator: ", "))")
}

/// `isSure`: the inventory is known too, so that the field cannot be one of its variables.
func unknownField(
  _ field: String, of system: SystemName, among known: [String], isSure: Bool
) -> Scope.Problem? {
  guard !known.contains(field) else { return nil }
  return Scope.Problem(
    severity: isSure ? .error : .warning, code: "unknown-field",
    message:
      "a node of \(system) has no \(quoted(field))\(isSure ? "" : ", unless the inventory gives it one")",
    help: didYouMean(field, among: known)
      ?? "a node has \(known.joined(separator: ", ")); the system's \"node:\" and the inventory's \"vars:\" add to it"
  )
}
