import Execution
import Model
import Transport

/// What belay asks of a node, understood without a shell.
enum NodeCommand {
  case receipt(ReceiptOrder)
  /// How the node sees its cluster.
  case view
  case check(String)
  case other(String)

  init(_ request: CommandRequest) {
    if let order = ReceiptOrder(request) {
      self = .receipt(order)
    } else if request.command == "sim view" {
      self = .view
    } else if let text = Self.check(in: request.command) {
      self = .check(text)
    } else {
      self = .other(request.command)
    }
  }

  /// In front of a shipped runbook's own question, or all there is.
  static let checkMark = ": sim check "

  private static func check(in command: String) -> String? {
    if command.hasPrefix("sim check ") { return command }
    guard command.hasPrefix(checkMark) else { return nil }
    return String(command.dropFirst(2).prefix { $0 != "\n" })
  }

  var late: NodeCommand {
    guard case .receipt(var order) = self else { return self }
    order.isLate = true
    return .receipt(order)
  }
}

/// The arguments of the script that keeps receipts.
struct ReceiptOrder {
  enum Verb: String { case run, ask, forget }

  var verb: Verb
  var run: String
  var name: String
  var attempt = 1
  var command: String
  var timeoutSeconds: Int
  var stdin: [UInt8]
  /// Started from what a dead connection had left behind.
  var isLate = false

  var key: String { "\(run)/\(name)" }
  /// Read off its name: `step.index`, with `.retry.n` or `.undo.n` behind it.
  private(set) var step = ""
  private(set) var index = 0
  private(set) var isUndo = false

  /// Whatever attempt it is, there or back.
  var taskText: String { "\(step).\(index)" }
  var startText: String { isUndo ? "\(taskText) undo" : taskText }

  private mutating func readName() {
    var words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if words.count > 3, ["undo", "retry"].contains(words[words.count - 2]) {
      isUndo = words[words.count - 2] == "undo"
      words.removeLast(2)
    }
    index = words.popLast().flatMap { Int($0) } ?? 0
    step = words.joined(separator: ".")
  }

  /// What every command of a receipt begins with: the shell, and its script.
  private static let prefix: String = {
    let ask = Receipt(run: RunID("r"), name: "n").askCommand
    return String(ask.dropLast(" 'ask' 'r' 'n' '1'".count))
  }()

  init?(_ request: CommandRequest) {
    guard request.command.hasPrefix(Self.prefix) else { return nil }
    let words = shellWords(request.command.utf8.dropFirst(Self.prefix.utf8.count))
    guard words.count >= 4, let verb = Verb(rawValue: words[0]) else { return nil }
    self.verb = verb
    run = words[1]
    name = words[2]
    (command, timeoutSeconds) = ("", 0)
    if verb != .forget {
      guard let number = Int(words[3]) else { return nil }
      attempt = number
    }
    if verb == .run {
      guard words.count == 7, let seconds = Int(words[5]) else { return nil }
      (command, timeoutSeconds) = (words[4], seconds)
    }
    stdin = request.stdin
    readName()
  }
}

/// The words of a command that quotes with nothing but single quotes and backslashes.
func shellWords(_ text: some Sequence<UInt8>) -> [String] {
  var words: [String] = []
  var word: [UInt8] = []
  var isOpen = false
  var isQuoted = false
  var isEscaped = false
  for byte in text {
    if isQuoted {
      if byte == UInt8(ascii: "'") { isQuoted = false } else { word.append(byte) }
    } else if isEscaped {
      word.append(byte)
      isEscaped = false
    } else if byte == UInt8(ascii: "'") {
      isQuoted = true
      isOpen = true
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
      isOpen = true
    } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
      if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
      word = []
      isOpen = false
    } else {
      word.append(byte)
      isOpen = true
    }
  }
  if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
  return words
}

/// `sim do STEP PLACE OPERATION [NODE]` and `sim undo STEP[,STEP…] PLACE OPERATION [NODE]`: the acts of generated
/// runbooks. What anything else does, its own simulation says.
struct SimulatedAct {
  /// Those that it does or takes back, as `step@place`.
  var keys: [String] = []
  var isUndo = false
  var operation = ""
  var target: NodeName?

  init(keys: [String], isUndo: Bool, operation: String, target: NodeName?) {
    self.keys = keys
    self.isUndo = isUndo
    self.operation = operation
    self.target = target
  }

  init(_ order: ReceiptOrder) {
    let words = shellWords(order.command.utf8)
    guard words.first == "sim" else {
      self.init(own: words, order)
      return
    }
    self.init(keys: [], isUndo: false, operation: "", target: nil)
    guard words.count >= 5 else { return }
    isUndo = words[1] == "undo"
    keys = words[2].split(separator: ",").map { "\($0)@\(words[3])" }
    operation = words[4]
    target = words.count > 5 ? NodeName(words[5]) : nil
  }

  /// An act of belay's own. Its undo is right after any part of it, and goes back to what was there.
  private init(own words: [String], _ order: ReceiptOrder) {
    isUndo = order.isUndo
    guard words.count > 4, words[0] == "sh", words[1] == "-c" else { return }
    keys = ["\(order.step)@\(order.index)"]
    operation = isUndo ? "unset" : "set"
  }
}
