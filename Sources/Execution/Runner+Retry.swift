import Model
import Planning

/// Acts that failed without effect are tried again, as often as their step says.
extension Runner {
  func retry(_ key: TaskKey) async {
    guard let step = plan.step(key.step), let retries = step.retries,
      case .retryable(let reason)? = machine.tasks[key]
    else { return }
    let obstacle = await obstacle(to: step, key)
    // Meanwhile nobody may know any more how another act ended, which is found out first.
    guard machine.dueActions.contains(.retry(key)) else { return }
    if let obstacle {
      return record(.retried(task: key, again: false, why: "\(reason); \(obstacle)"))
    }
    await rest(seconds: retries.everySeconds)
    guard canAct, machine.pause == nil, machine.dueActions.contains(.retry(key)) else { return }
    // Whoever interrupted the run meanwhile does not want it to begin anew.
    if machine.interruption != nil || machine.firstFailure != nil {
      return record(.retried(task: key, again: false, why: reason))
    }
    let number = (machine.retries[key] ?? 0) + 1
    record(.retried(task: key, again: true, why: "try \(number + 1) of \(retries.times + 1): \(reason)"))
  }

  /// Why trying again could do harm, or is not wanted.
  private func obstacle(to step: PlannedStep, _ key: TaskKey) async -> String? {
    if world.rehearsal?.step == step.id { return "a rehearsed failure is not tried again" }
    if machine.interruption != nil || machine.firstFailure != nil { return "the run is ending" }
    if step.isIdempotent { return nil }
    let purpose = "before trying \(key) again"
    await look(purpose: purpose)
    var landed = hasLanded(step, step.tasks[key.index])
    if landed == false { landed = await hasLandedSince(key, step, purpose) }
    return switch landed {
    case false?: nil
    case true?: "yet the cluster shows its effect"
    case nil: "and nobody can say whether it had an effect"
    }
  }

  /// In short pieces, so that Ctrl-C need not wait for it.
  private func rest(seconds: Double) async {
    let clock = world.clock
    let end = clock.now + .seconds(seconds)
    while clock.now < end, !isStopping {
      await clock.sleep(for: min(.milliseconds(250), end - clock.now))
    }
  }
}
