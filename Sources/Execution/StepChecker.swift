import Expressions
package import Model
package import Planning
package import Transport

/// Runs read-only steps and judges what they print, for planning's look at the nodes and for runs alike.
package struct StepChecker: Sendable {
  package let transport: any CommandTransport
  package let observer: Observer?
  /// For standard input; never for a command.
  package var secrets: [String: Secret] = [:]
  package var clock: any RunClock = SystemClock()

  package struct Attempt: Sendable {
    package var outcome: TaskOutcome
    package var output = TaskOutput()
    /// Whether anybody said yes or no; otherwise it failed for want of an answer.
    package var isAnswered = true
    /// What its `progress:` says is left to do.
    package var left: Double?
    /// The cluster as seen for this attempt, when it looked.
    package var observation: Observation?

    package var reason: String {
      switch outcome {
      case .done: ""
      case .failed(let reason), .refused(let reason), .unknown(let reason): reason
      }
    }
  }

  /// Asks until the step has held often enough in a row, or its time is up.
  package func check(
    _ step: PlannedStep, _ task: PlannedTask, in scope: Scope, isStopping: () async -> Bool
  ) async -> Attempt {
    var patience = Patience(.seconds(step.poll?.withinSeconds ?? 0), clock: clock)
    // What is asked has time limits of its own; beyond them nobody was there.
    let attemptMax = Duration.seconds(step.timeoutSeconds + 60)
    let wanted = step.poll?.steady ?? 1
    var inARow = 0
    var headway = step.poll?.progress.map { Headway(patience: .seconds($0.stalledSeconds)) }
    while true {
      let start = patience.now
      var attempt = await attempt(step, task, in: scope)
      let absence = patience.forgive(patience.now - start, instead: attemptMax)
      headway?.forgive(absence)
      inARow = attempt.outcome == .done ? inARow + 1 : 0
      if inARow >= wanted { return attempt }
      let isOver = patience.isOver
      let isStopped = await isStopping()
      if isOver || isStopped {
        if attempt.outcome == .done {
          attempt.outcome = .failed(reason: "it held \(inARow) times in a row, and \(wanted) were asked for")
        }
        return attempt
      }
      if let why = headway?.stall(left: attempt.left, at: patience.now) {
        attempt.outcome = .failed(reason: "\(why); \(attempt.reason)")
        return attempt
      }
      let sleep = await patience.pause(.seconds(step.poll?.everySeconds ?? 1))
      headway?.forgive(sleep)
    }
  }

  package func attempt(_ step: PlannedStep, _ task: PlannedTask, in given: Scope) async -> Attempt {
    var scope = given.inside(step.locals)
    if needsLook(step, task), let observer {
      scope.now = await observer.observe()
    }
    var attempt = await ask(step, task, in: scope)
    attempt.observation = scope.now
    return attempt
  }

  private func ask(_ step: PlannedStep, _ task: PlannedTask, in scope: Scope) async -> Attempt {
    guard case .command(let command) = task.work else { return judge(step, task, nil, in: scope) }
    guard let node = node(of: task.place, in: scope) else {
      return Attempt(outcome: .failed(reason: "no leader is seen"), isAnswered: false)
    }
    do {
      let text = try command.rendered(in: scope.at(node, loop: task.loop))
      let result = try await transport.run(
        CommandRequest(
          node: node, command: text, stdin: try command.input(secrets), timeout: .seconds(step.timeoutSeconds)
        ))
      var attempt = judge(step, task, result, in: scope)
      // A question whose answer got lost has simply not been answered.
      if case .unknown(let reason) = attempt.outcome {
        attempt.outcome = .failed(reason: reason)
        attempt.isAnswered = false
      }
      return attempt
    } catch let failure as TransportFailure {
      return Attempt(outcome: .failed(reason: "\(node): \(failure.message)"), isAnswered: false)
    } catch {
      return Attempt(outcome: .failed(reason: "\(error)"), isAnswered: false)
    }
  }

  /// Whether anything in the step depends on how the cluster is right now.
  private func needsLook(_ step: PlannedStep, _ task: PlannedTask) -> Bool {
    if case .leader = task.place { return true }
    if case .command(let command) = task.work, command.dependsOnTheCluster { return true }
    let settled: Set<String> = ["before", "inputs", "steps", "run"]
    return ([step.expect, step.poll?.progress?.left].compactMap(\.self) + step.out.values).contains { text in
      guard let query = try? Query.compile(text) else { return false }
      return query.variables.contains { !settled.contains($0.name) }
    }
  }

  package func node(of place: PlannedTask.Place, in scope: Scope) -> NodeName? {
    scope.node(at: place)
  }

  /// Reads a command's output as the step asks, and judges what it expects.
  func judge(_ step: PlannedStep, _ task: PlannedTask, _ result: CommandResult?, in given: Scope) -> Attempt {
    let scope = given.inside(step.locals)
    var attempt = Attempt(outcome: .done)
    if let result {
      attempt.output = TaskOutput(result)
      if case .unknown(let reason) = result.exit {
        attempt.outcome = .unknown(reason: reason)
      } else if !result.exit.isSuccess {
        attempt.outcome = .failed(reason: result.failureText)
      }
      guard attempt.outcome == .done else { return attempt }
    }
    do {
      let parsed = try result.map { try step.parse.parse($0.stdout.bytes) } ?? .null
      let bindings = scope.at(node(of: task.place, in: scope), loop: task.loop).bindings
      if let left = step.poll?.progress?.left {
        attempt.left = try Query.compile(left).firstValue(parsed, bindings).numberValue
      }
      for (name, query) in step.out {
        attempt.output.out[name] = try Query.compile(query).firstValue(parsed, bindings)
      }
      if let expect = step.expect, !(try Query.compile(expect).isTrue(parsed, bindings)) {
        attempt.outcome = .failed(reason: "expected \(expect)\(seen(parsed))")
      }
    } catch let error as QueryError {
      attempt.fail(for: error.message)
    } catch let error as OutputError {
      attempt.fail(for: error.message)
    } catch {
      attempt.fail(for: "\(error)")
    }
    return attempt
  }

  private func seen(_ parsed: Value) -> String {
    let text = parsed == .null ? "" : parsed.json()
    if text.isEmpty { return "" }
    return ", and the output was \(text.prefix(200))\(text.count > 200 ? "…" : "")"
  }
}

extension StepChecker.Attempt {
  /// What was printed could not be read or judged.
  fileprivate mutating func fail(for reason: String) {
    outcome = .failed(reason: reason)
    isAnswered = false
  }
}
