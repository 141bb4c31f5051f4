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
    } else if request.command.hasPrefix("sim check") {
      self = .check(request.command)
    } else {
      self = .other(request.command)
    }
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
  var command: String
  var timeoutSeconds: Int
  var stdin: [UInt8]
  /// Started from what a dead connection had left behind.
  var isLate = false

  var key: String { "\(run)/\(name)" }

  /// What every command of a receipt begins with: the shell, and its script.
  private static let prefix: String = {
    let ask = Receipt(run: RunID("r"), name: "n").askCommand
    return String(ask.dropLast(" 'ask' 'r' 'n'".count))
  }()

  init?(_ request: CommandRequest) {
    guard request.command.hasPrefix(Self.prefix) else { return nil }
    let words = shellWords(request.command.utf8.dropFirst(Self.prefix.utf8.count))
    guard words.count >= 3, let verb = Verb(rawValue: words[0]) else { return nil }
    self.verb = verb
    run = words[1]
    name = words[2]
    (command, timeoutSeconds) = ("", 0)
    if verb == .run {
      guard words.count == 6, let seconds = Int(words[4]) else { return nil }
      (command, timeoutSeconds) = (words[3], seconds)
    }
    stdin = request.stdin
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
  var text: String

  init(_ command: String) {
    text = command
    guard command.hasPrefix("sim ") else { return }
    let words = shellWords(command.utf8)
    guard words.count >= 5 else { return }
    isUndo = words[1] == "undo"
    keys = words[2].split(separator: ",").map { "\($0)@\(words[3])" }
    operation = words[4]
    target = words.count > 5 ? NodeName(words[5]) : nil
  }
}
