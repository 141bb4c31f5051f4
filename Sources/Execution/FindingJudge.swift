import Expressions
package import Model
import Planning

/// One thing that a diagnosis found.
package struct FoundProblem: Sendable, Hashable {
  package var name: String
  package var severity: Finding.Severity
  package var means: String
  package var evidence: [String]
  package var mend: String?
}

/// Holds what was seen against the findings of a runbook.
struct FindingJudge {
  let planner: Planner
  let observation: Observation?
  let steps: [Diagnosis.StepReport]

  /// A query may give a list without end.
  private static let limit = 100

  func findings() -> [FoundProblem] {
    let shared = bindings
    return planner.runbook.findings.flatMap { finding -> [FoundProblem] in
      do throws(QueryError) {
        return try items(of: finding, shared).prefix(Self.limit).map { item in
          found(finding, shared.merging(["it": item]) { $1 })
        }
      } catch {
        // What could not be looked for is not absent.
        return [
          FoundProblem(
            name: finding.name, severity: .warning, means: "this could not be judged: \(error.message)",
            evidence: [], mend: nil)
        ]
      }
    }
  }

  private func items(of finding: Finding, _ bindings: [String: Value]) throws(QueryError) -> [Value] {
    switch try Query.compile(finding.when.text).firstValue(.null, bindings) {
    case .null, .bool(false): []
    case .array(let items): items
    case let item: [item]
    }
  }

  private var bindings: [String: Value] {
    var scope = Scope(
      nodes: planner.nodeValues, inputs: planner.inputs, before: observation, now: observation)
    let names = (planner.cluster?.nodes ?? []).map(\.name)
    var bindings = scope.bindings
    bindings["nodes"] = .array(
      names.map { name in
        scope.here = name
        return scope.value(at: ["here"]) ?? .null
      })
    bindings["steps"] = .object(Value.Object(steps.map { ($0.step.id.rawValue, $0.value) }))
    bindings["cluster"] = observation.map(clusterValue) ?? .null
    return bindings
  }

  private func found(_ finding: Finding, _ bindings: [String: Value]) -> FoundProblem {
    func text(_ reference: Reference) -> String {
      guard let root = reference.path.first, let value = bindings[root] ?? planner.inputs[root].map(plain)
      else {
        return "unknown"
      }
      return value.at(reference.path.dropFirst())?.asText ?? "unknown"
    }
    return FoundProblem(
      name: finding.name, severity: finding.severity,
      means: TextTemplate.parse(finding.means.text).template.render(text),
      evidence: finding.evidence.flatMap { evidence($0, bindings) },
      mend: finding.mend.flatMap { try? ShellTemplate.parse($0.text).template.display(text) })
  }

  private func plain(_ input: InputValue) -> Value { .string(input.text) }

  private func evidence(_ query: ScalarText, _ bindings: [String: Value]) -> [String] {
    do throws(QueryError) {
      let value = try Query.compile(query.text).firstValue(.null, bindings)
      let parts = value.arrayValue ?? [value]
      return parts.prefix(Self.limit).map { $0.asText ?? "null" }
    } catch {
      return ["cannot be shown: \(error.message)"]
    }
  }
}
