internal import Model

/// The regular expression of `parse: { lines: … }`, searched for in each line.
struct LinePattern {
  private let expression: RegularExpression
  private let names: [String]

  init(_ pattern: String) throws(OutputError) {
    do throws(RegularExpression.Failure) {
      expression = try RegularExpression(pattern)
    } catch {
      throw OutputError("the pattern of `lines` is no regular expression: \(error.message)")
    }
    var seen: Set<String> = []
    names = expression.groupNames.compactMap { $0 }.filter { seen.insert($0).inserted }
    guard !names.isEmpty else {
      throw OutputError(
        "the pattern of `lines` names no group: write (?<name>…) around what the record shall hold")
    }
  }

  /// One object per line that matches; a group that took no part is null.
  func records(of output: [UInt8]) throws(OutputError) -> Value {
    var records: [Value] = []
    // What follows the last newline is no line.
    let text = output.last == UInt8(ascii: "\n") ? output.dropLast() : output[...]
    guard !output.isEmpty else { return .array([]) }
    for line in try OutputLines(Array(text)).lines {
      let bytes = Array(line.bytes)
      let groups: RegularExpression.Groups?
      do throws(RegularExpression.Failure) {
        groups = try expression.firstMatch(in: bytes, from: 0, retries: OutputLimits.patternRetries)
      } catch {
        throw line.failure("the pattern of `lines` gives up: \(error.message)")
      }
      if let groups { records.append(.object(record(groups, bytes))) }
    }
    return .array(records)
  }

  private func record(_ groups: RegularExpression.Groups, _ bytes: [UInt8]) -> Value.Object {
    var record = Value.Object(names.map { ($0, .null) })
    for (name, range) in zip(expression.groupNames, groups.dropFirst()) {
      if let name, let range { record[name] = .string(Expressions.text(bytes[range])) }
    }
    return record
  }
}
