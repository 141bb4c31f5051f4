import Model

/// A runbook's graph as whoever judges its runs knows it: not from belay, but from who made it up.
struct JudgedRunbook {
  struct Step {
    enum Undo: Equatable { case command, none, covered }
    var id: String
    /// Where it is written: the same for each round of a loop.
    var source = ""
    var isAct = false
    var needs: [String] = []
    var undo = Undo.none
    /// The step whose undo takes it back as well.
    var coveredBy: String?
    var retries = 0
    var mayBeSkipped = false
    var tolerates = 0
    /// A leader may go of its own accord while it is asked to: then nothing is left to be done.
    var movesLeadership = false
  }

  var members: [NodeName] = []
  var spares: [NodeName] = []
  private(set) var steps: [Step] = []
  private var places: [String: Int] = [:]
  /// What there is to read when a run of it has failed.
  var yaml = ""

  mutating func add(_ step: Step) {
    places[step.id] = steps.count
    steps.append(step)
  }

  func step(_ id: String) -> Step? { places[id].map { steps[$0] } }
  func step(ofKey key: String) -> Step? { step(String(key.prefix { $0 != "@" })) }

  func depends(_ step: Step, on other: Step) -> Bool {
    step.needs.contains { need in need == other.id || self.step(need).map { depends($0, on: other) } == true }
  }
}
