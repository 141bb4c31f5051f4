internal import Model

extension Native {
  static let pathFunctions: [String: ControlFunction] = [
    "path/1": { (call, emit) throws(Interrupt) in
      try call.evaluator.paths(of: call.arguments[0], in: call.item.value, call.scope) {
        (path, _) throws(Interrupt) in
        try emit(call.item.computed(.array(path)))
      }
    },
    "getpath/1": { (call, emit) throws(Interrupt) in
      try call.values(0) { (path) throws(Interrupt) in
        guard case .array(let keys) = path else { throw .message("Path must be specified as an array") }
        try call.evaluator.charge(keys.count)
        try emit(try call.evaluator.follow(keys, from: call.item))
      }
    },
    "setpath/2": { (call, emit) throws(Interrupt) in
      try call.values(1) { (new) throws(Interrupt) in
        try call.values(0) { (path) throws(Interrupt) in
          guard case .array(let keys) = path else { throw .message("Path must be specified as an array") }
          var changed = call.item.value
          try call.evaluator.chargeForCopy(of: changed)
          try call.evaluator.set(&changed, keys, to: new)
          try emit(call.item.computed(changed))
        }
      }
    },
    "delpaths/1": { (call, emit) throws(Interrupt) in
      try call.values(0) { (paths) throws(Interrupt) in
        guard case .array(let paths) = paths else { throw .message("Paths must be specified as an array") }
        var keys: [[Value]] = []
        for path in paths {
          guard case .array(let path) = path else {
            throw .message("Path must be specified as array, not \(path.typeName)")
          }
          try call.evaluator.charge(1 + path.count)
          try call.evaluator.chargeForCopy(of: call.item.value)
          keys.append(path)
        }
        try call.evaluator.chargeForSize(of: call.item.value)
        try emit(call.item.computed(try call.item.value.deleting(keys)))
      }
    },
    "first/0": { (call, emit) throws(Interrupt) in try element(0, call, emit) },
    "last/0": { (call, emit) throws(Interrupt) in try element(-1, call, emit) },
    "nth/1": { (call, emit) throws(Interrupt) in
      try call.values(0) { (index) throws(Interrupt) in
        try emit(try call.evaluator.follow([index], from: call.item))
      }
    },
  ]

  private static func element(_ index: Double, _ call: Call, _ emit: Emit) throws(Interrupt) {
    let item = call.item
    try emit(item.stepped(to: try item.value.member(.number(index)), by: .number(index)))
  }
}
