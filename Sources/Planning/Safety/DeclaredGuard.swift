package import Model

internal import Expressions

/// A guard that a `system.yaml` declares, as a plan carries it to where it is asked again.
package struct PlannedGuard: Codable, Hashable, Sendable {
  package var name: String
  package var effects: [Effect.Kind]
  package var require: String
  package var because: String
  package var evidence: [String]
  package var severity: SystemGuard.Severity
  package var isOverridable: Bool

  init(_ declared: SystemGuard) {
    name = declared.name
    effects = Effect.Kind.allCases.filter(declared.isAsked)
    require = declared.require.text
    because = declared.because.text
    evidence = declared.evidence.map(\.text)
    severity = declared.severity
    isOverridable = declared.isOverridable
  }
}

/// An operator's word that a declared guard is not to stand in the way, and why: part of what is reviewed.
package struct GuardOverride: Codable, Hashable, Sendable {
  package var guardName: String
  package var because: String

  package init(guardName: String, because: String) {
    self.guardName = guardName
    self.because = because
  }
}

/// What such a guard answered, and on what.
package struct DeclaredVerdict: Codable, Hashable, Sendable {
  package enum Decision: String, Codable, CaseIterable, Sendable {
    case allow, refuse, warn
    /// It says no, and the operator said why that does not count.
    case overridden
  }

  package var guardName: String
  package var decision: Decision
  package var reason: String
  package var evidence: [String]

  package init(guardName: String, decision: Decision, reason: String, evidence: [String]) {
    self.guardName = guardName
    self.decision = decision
    self.reason = reason
    self.evidence = evidence
  }

  /// For a person, with what it was judged on.
  package var text: String {
    "\(guardName): \(reason)" + (evidence.isEmpty ? "" : " (\(evidence.joined(separator: "; ")))")
  }
}

extension PlannedGuard {
  /// Asks it of the cluster as it is, and as it will be once the effect has come about.
  func judge(_ effect: PlannedEffect, on membership: Membership, _ nodes: [NodeName: Value.Object])
    -> DeclaredVerdict
  {
    func value(_ membership: Membership) -> Value {
      clusterValue(Observation(reports: [], membership: membership, disagreements: []))
    }
    var target = nodes[effect.node] ?? ["name": .string(effect.node.rawValue)]
    target["member"] = membership.member(of: effect.node).map(memberValue) ?? .null
    let bindings: [String: Value] = [
      "cluster": value(membership), "after": value(membership.applying(effect.kind, to: effect.node)),
      "target": .object(target), "effect": .string(effect.kind.rawValue),
    ]
    func verdict(_ decision: DeclaredVerdict.Decision, _ reason: String) -> DeclaredVerdict {
      let seen = evidence.map { query in
        (try? Query.compile(query).firstValue(.null, bindings)).map { $0.asText ?? "null" } ?? "unknown"
      }
      return DeclaredVerdict(guardName: name, decision: decision, reason: reason, evidence: seen)
    }
    do {
      if try Query.compile(require).isTrue(.null, bindings) { return verdict(.allow, "holds") }
    } catch {
      // What cannot be answered is not a yes, whatever the severity.
      return verdict(.refuse, "it cannot be judged: \(error.message)")
    }
    let reason = TextTemplate.parse(because).template.render { reference in
      if reference.path == ["target"] { return effect.node.rawValue }
      return Value.object(Value.Object(bindings.map { ($0.key, $0.value) })).at(reference.path)?.asText ?? ""
    }
    return verdict(severity == .error ? .refuse : .warn, reason)
  }
}

extension Plan {
  /// Every declared guard that is asked before an effect.
  package func declaredVerdicts(
    of effect: PlannedEffect, on membership: Membership, _ nodes: [NodeName: Value.Object]
  ) -> [DeclaredVerdict] {
    (guards ?? []).filter { $0.effects.contains(effect.kind) }.map { declared in
      var verdict = declared.judge(effect, on: membership, nodes)
      guard verdict.decision == .refuse, declared.isOverridable,
        let override = overrides?.first(where: { $0.guardName == declared.name })
      else { return verdict }
      verdict.decision = .overridden
      verdict.reason += "; overridden: \(override.because)"
      return verdict
    }
  }

  /// Whether anybody is asked before an effect. To start a member costs no vote: unless the system has its say,
  /// nothing is judged, and nobody needs to be reached.
  package func isJudged(_ effect: PlannedEffect?) -> Bool {
    guard let effect else { return false }
    return effect.kind != .start || (guards ?? []).contains { $0.effects.contains(.start) }
  }

  /// Asks the declared guards while planning, on the membership that the acts before will leave.
  mutating func judgeDeclared(
    _ effect: PlannedEffect, of step: StepID, on membership: Membership, _ nodes: [NodeName: Value.Object]
  ) -> [DeclaredVerdict] {
    let verdicts = declaredVerdicts(of: effect, on: membership, nodes)
    for verdict in verdicts {
      switch verdict.decision {
      case .allow: break
      case .warn, .overridden: warnings.append("\(step): \(verdict.text)")
      case .refuse:
        refusals.append(
          Refusal(
            step: step, reason: "\(effect.kind.rawValue) \(effect.node): \(verdict.text)", verdict: nil,
            declared: verdict))
      }
    }
    return verdicts
  }

  /// An undo that a declared guard would refuse right after its act.
  mutating func warnOfUndo(
    of step: PlannedStep, on membership: Membership, _ nodes: [NodeName: Value.Object]
  ) {
    guard let undo = step.undo.effect else { return }
    for verdict in declaredVerdicts(of: undo, on: membership, nodes) where verdict.decision == .refuse {
      warnings.append("the undo of \(step.id) would be refused right after it: \(verdict.text)")
    }
  }
}
