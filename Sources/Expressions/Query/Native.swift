internal import Model

/// A function that belay itself brings, written in Swift.
struct Native: Sendable {
  enum Body: Sendable {
    /// Computes one value from the input and one value of each argument.
    case value(ValueFunction)
    /// Decides itself what to evaluate and how often.
    case control(ControlFunction)
  }

  typealias ValueFunction = @Sendable (Value, [Value], Evaluator) throws(Interrupt) -> Value
  typealias ControlFunction = @Sendable (Call, Emit) throws(Interrupt) -> Void

  let body: Body

  /// Everything by `name/arity`.
  static let table: [String: Native] = {
    var table: [String: Native] = [:]
    for functions in [
      typeFunctions, mathFunctions, textFunctions, jsonFunctions, arrayFunctions, entryFunctions,
      orderFunctions,
      dateFunctions,
    ] {
      for (signature, function) in functions { table[signature] = Native(body: .value(function)) }
    }
    for functions in [
      flowFunctions, pathFunctions, iterationFunctions, keyedFunctions, patternFunctions,
      substitutionFunctions,
    ] {
      for (signature, function) in functions { table[signature] = Native(body: .control(function)) }
    }
    return table
  }()
}

/// One call of a control function.
struct Call {
  let evaluator: Evaluator
  let arguments: [Node]
  let item: Item
  let scope: Environment?

  /// The values of an argument, for the call's own input.
  func values(_ index: Int, _ emit: (Value) throws(Interrupt) -> Void) throws(Interrupt) {
    try evaluator.values(arguments[index], item, scope, emit)
  }

  /// An argument applied to some value on its way.
  func apply(_ index: Int, _ item: Item, _ emit: Emit) throws(Interrupt) {
    try evaluator.evaluate(arguments[index], item, scope, emit)
  }
}

extension Evaluator {
  func dispatchCall(
    _ node: Node, _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    switch node.kind {
    case .callDefinition(let id, let arguments):
      guard let frame = scope?.find(id), case .definition(let definition) = frame.binding else { return }
      try call(definition, arguments, within: frame, item, scope, emit)
    case .callParameter(let id):
      guard let frame = scope?.find(id), case .closure(let body, let closed) = frame.binding else { return }
      try evaluate(body, item, closed, emit)
    case .define(let definition, let body):
      try evaluate(body, item, Environment(definition.id, .definition(definition), scope), emit)
    case .callPrelude(let signature, let arguments):
      guard let definition = Prelude.compiled[signature] else { return }
      do throws(Interrupt) {
        let frame = Environment(definition.id, .definition(definition), nil)
        try call(definition, arguments, within: frame, item, scope, emit)
      } catch {
        throw error.placed(at: node.span)
      }
    case .callNative(let native, let arguments):
      do throws(Interrupt) {
        try call(native, arguments, item, scope, emit)
      } catch {
        throw error.placed(at: node.span)
      }
    default: break
    }
  }

  private func call(
    _ native: Native, _ arguments: [Node], _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    switch native.body {
    case .value(let function):
      try product(of: arguments[...], [], item, scope) { (values) throws(Interrupt) in
        try emit(item.computed(try function(item.value, values, self)))
      }
    case .control(let function):
      try function(Call(evaluator: self, arguments: arguments, item: item, scope: scope), emit)
    }
  }

  /// Every combination of the arguments' values; the first argument varies fastest, as in jq.
  private func product(
    of arguments: ArraySlice<Node>, _ chosen: [Value], _ item: Item, _ scope: Environment?,
    _ emit: ([Value]) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    guard let last = arguments.last else { return try emit(chosen) }
    try values(last, item, scope) { (value) throws(Interrupt) in
      try self.product(of: arguments.dropLast(), [value] + chosen, item, scope, emit)
    }
  }

  private func call(
    _ definition: Definition, _ arguments: [Node], within frame: Environment?, _ item: Item,
    _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    var inner = frame
    for (parameter, argument) in zip(definition.parameters, arguments) {
      inner = Environment(parameter.id, closure(argument, scope), inner)
    }
    try bindVariables(
      definition, zip(definition.parameters, arguments).map { ($0, $1) }[...], inner, item, scope, emit)
  }

  /// A parameter handed on unchanged is not wrapped again: recursion would make an ever longer chain.
  private func closure(_ argument: Node, _ scope: Environment?) -> Environment.Binding {
    if case .callParameter(let id) = argument.kind, let binding = scope?.find(id)?.binding { return binding }
    return .closure(argument, scope)
  }

  private func bindVariables(
    _ definition: Definition, _ parameters: ArraySlice<(Definition.Parameter, Node)>, _ inner: Environment?,
    _ item: Item, _ scope: Environment?, _ emit: Emit
  ) throws(Interrupt) {
    guard let (parameter, argument) = parameters.first else {
      return try evaluate(definition.body, item, inner, emit)
    }
    guard let variable = parameter.variable else {
      return try bindVariables(definition, parameters.dropFirst(), inner, item, scope, emit)
    }
    try values(argument, item, scope) { (value) throws(Interrupt) in
      let bound = Environment(variable, .value(value), inner)
      try self.bindVariables(definition, parameters.dropFirst(), bound, item, scope, emit)
    }
  }
}
