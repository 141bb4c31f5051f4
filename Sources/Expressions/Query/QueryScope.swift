/// The names that are visible at one place of a query, and what they stand for.
struct QueryScope {
  enum Function {
    case definition(Int)
    case parameter(Int)
  }

  private var variables: [(name: String, id: Int)] = []
  private var functions: [(name: String, arity: Int, function: Function)] = []
  private var lastID = 0

  /// What is visible now, to come back to when a scope ends.
  struct Mark {
    fileprivate var variables: Int
    fileprivate var functions: Int
  }

  var mark: Mark { Mark(variables: variables.count, functions: functions.count) }

  mutating func close(to mark: Mark) {
    variables.removeSubrange(mark.variables...)
    functions.removeSubrange(mark.functions...)
  }

  mutating func hide(since mark: Mark) -> [(name: String, id: Int)] {
    let hidden = Array(variables[mark.variables...])
    variables.removeSubrange(mark.variables...)
    return hidden
  }

  mutating func reveal(_ hidden: [(name: String, id: Int)]) { variables += hidden }

  mutating func freshID() -> Int {
    lastID += 1
    return lastID
  }

  /// In one pattern a name stands for one variable, however often it is written.
  mutating func declareVariable(_ name: String, since mark: Mark) -> Int {
    if let known = variables[mark.variables...].last(where: { $0.name == name }) { return known.id }
    let id = freshID()
    variables.append((name, id))
    return id
  }

  mutating func declareFunction(_ name: String, arity: Int, _ function: Function) {
    functions.append((name, arity, function))
  }

  func variable(_ name: String) -> Int? { variables.last { $0.name == name }?.id }

  func function(_ name: String, arity: Int) -> Function? {
    functions.last { $0.name == name && $0.arity == arity }?.function
  }

  var functionNames: [String] { functions.map(\.name) }
}
