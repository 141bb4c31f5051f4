/// What belay tells the shell; the meaning of each number never changes.
package enum ExitCode: Int, Sendable {
  case done = 0
  case internalError = 1
  case usage = 2
  case invalid = 3
  case refused = 4
  case rolledBack = 5
  case needsPerson = 6
  case interrupted = 7
  case busy = 8
  case changed = 9
  case unreachable = 10
  case journal = 11
  case changesPlanned = 20
}
