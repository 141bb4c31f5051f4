internal import Model

extension Native {
  static let flowFunctions: [String: ControlFunction] = [
    "empty/0": { (_, _) in },
    "error/0": { (call, _) throws(Interrupt) in try raise(call.item.value) },
    "error/1": { (call, _) throws(Interrupt) in
      try call.values(0) { (message) throws(Interrupt) in try raise(message) }
    },
    "select/1": { (call, emit) throws(Interrupt) in
      try call.values(0) { (value) throws(Interrupt) in
        if value.isTruthy { try emit(call.item) }
      }
    },
    "map/1": { (call, emit) throws(Interrupt) in
      let evaluator = call.evaluator
      var elements: [Value] = []
      try evaluator.iterate(Item(call.item.value), false, .hidden) { (element) throws(Interrupt) in
        try call.apply(0, element) { (result) throws(Interrupt) in
          try evaluator.checkDepth(of: result.value, under: 1)
          elements.append(result.value)
        }
      }
      try emit(call.item.computed(.array(elements)))
    },
    "first/1": { (call, emit) throws(Interrupt) in try take(1, of: 0, call, emit) },
    "limit/2": { (call, emit) throws(Interrupt) in
      try call.values(0) { (count) throws(Interrupt) in
        guard case .number(let count) = count else {
          if Value.order(count, .number(0)) == .less { return try call.apply(1, call.item, emit) }
          throw .message("\(described(count)) and \(described(.number(1))) cannot be subtracted")
        }
        if count < 0 { return try call.apply(1, call.item, emit) }
        try take(max(1, wholeIndex(count.rounded(.up))), of: 1, call, emit)
      }
    },
    "last/1": { (call, emit) throws(Interrupt) in
      var last = Value.null
      try call.values(0) { (value) throws(Interrupt) in last = value }
      try emit(call.item.computed(last))
    },
    "nth/2": { (call, emit) throws(Interrupt) in
      try call.values(0) { (index) throws(Interrupt) in
        guard case .number(let index) = index else {
          throw .message("\(described(index)) and \(described(.number(1))) cannot be added")
        }
        guard index >= 0 else { throw .message("nth doesn't support negative indices") }
        var last = Value.null
        try take(wholeIndex(index.rounded(.up)) + 1, of: 1, call) { (item) in last = item.value }
        try emit(call.item.computed(last))
      }
    },
    "isempty/1": { (call, emit) throws(Interrupt) in
      var isEmpty = true
      try take(1, of: 0, call) { (_) in isEmpty = false }
      try emit(call.item.computed(.bool(isEmpty)))
    },
    "any/0": { (call, emit) throws(Interrupt) in try anyElement(call, emit) { (element) in element.isTruthy }
    },
    "all/0": { (call, emit) throws(Interrupt) in
      try anyElement(call, emit, negated: true) { (element) in !element.isTruthy }
    },
    "any/1": { (call, emit) throws(Interrupt) in
      try quantify(call, emit, seeking: true, condition: 0) { (visit) throws(Interrupt) in
        try call.evaluator.iterate(Item(call.item.value), false, .hidden, visit)
      }
    },
    "all/1": { (call, emit) throws(Interrupt) in
      try quantify(call, emit, seeking: false, condition: 0) { (visit) throws(Interrupt) in
        try call.evaluator.iterate(Item(call.item.value), false, .hidden, visit)
      }
    },
    "any/2": { (call, emit) throws(Interrupt) in
      try quantify(call, emit, seeking: true, condition: 1) { (visit) throws(Interrupt) in
        try call.apply(0, Item(call.item.value), visit)
      }
    },
    "all/2": { (call, emit) throws(Interrupt) in
      try quantify(call, emit, seeking: false, condition: 1) { (visit) throws(Interrupt) in
        try call.apply(0, Item(call.item.value), visit)
      }
    },
  ]

  /// An error whose message is null ends its branch without a word, as in jq.
  private static func raise(_ message: Value) throws(Interrupt) {
    if case .null = message { return }
    throw .failure(message, .hidden)
  }

  private static func take(
    _ count: Int, of argument: Int, _ call: Call, _ emit: Emit
  ) throws(Interrupt) {
    var left = count
    try call.evaluator.stoppable { (stop) throws(Interrupt) in
      try call.apply(argument, call.item) { (item) throws(Interrupt) in
        left -= 1
        try emit(item)
        if left == 0 { throw stop }
      }
    }
  }

  private static func anyElement(
    _ call: Call, _ emit: Emit, negated: Bool = false, _ test: (Value) -> Bool
  ) throws(Interrupt) {
    var found = false
    try call.evaluator.stoppable { (stop) throws(Interrupt) in
      try call.evaluator.iterate(Item(call.item.value), false, .hidden) { (element) throws(Interrupt) in
        guard test(element.value) else { return }
        found = true
        throw stop
      }
    }
    try emit(call.item.computed(.bool(found != negated)))
  }

  /// `any` seeks a true condition and `all` a false one. A condition that gives the sought value twice for one
  /// element counts twice, and jq takes only one for a find.
  private static func quantify(
    _ call: Call, _ emit: Emit, seeking sought: Bool, condition: Int,
    _ generate: (Emit) throws(Interrupt) -> Void
  ) throws(Interrupt) {
    var finds = 0
    try call.evaluator.stoppable { (stop) throws(Interrupt) in
      var last = !sought
      try generate { (element) throws(Interrupt) in
        if last == sought { throw stop }
        try call.apply(condition, Item(element.value)) { (verdict) in
          last = verdict.value.isTruthy
          if last == sought { finds += 1 }
        }
      }
    }
    try emit(call.item.computed(.bool(sought ? finds == 1 : finds == 0)))
  }
}
