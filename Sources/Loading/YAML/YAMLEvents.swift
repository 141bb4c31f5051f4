internal import CYAML

/// A position as libyaml counts: lines and columns from 0, columns in Unicode scalars.
struct YAMLMark {
  var line: Int
  var column: Int
}

enum YAMLEvent {
  case streamStart, streamEnd, documentStart, documentEnd
  case alias(name: String)
  case scalar(text: String, style: ScalarStyle, tag: String?)
  case sequenceStart(tag: String?), sequenceEnd
  case mappingStart(tag: String?), mappingEnd

  enum ScalarStyle { case plain, singleQuoted, doubleQuoted, literal, folded }
}

struct MarkedEvent {
  var event: YAMLEvent
  var start: YAMLMark
  var end: YAMLMark
}

/// What libyaml says is wrong, in its own words.
struct YAMLSyntaxError: Error {
  var problem: String
  var mark: YAMLMark
  var context: String?
  var contextMark: YAMLMark
}

/// libyaml's event parser over a text held in memory. After an error it must not be asked again.
@safe struct YAMLEvents: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>

  init(_ text: String) {
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    unsafe input = .allocate(capacity: max(1, text.utf8.count))
    _ = unsafe input.initialize(from: text.utf8)
    unsafe yaml_parser_initialize(parser)
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, input.baseAddress, text.utf8.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe input.deallocate()
  }

  mutating func next() throws(YAMLSyntaxError) -> MarkedEvent {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    defer { unsafe yaml_event_delete(&event) }
    return unsafe MarkedEvent(
      event: Self.decode(event), start: YAMLMark(event.start_mark), end: YAMLMark(event.end_mark))
  }

  private static func decode(_ event: yaml_event_t) -> YAMLEvent {
    switch unsafe event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_ALIAS_EVENT: return unsafe .alias(name: text(event.data.alias.anchor) ?? "")
    case YAML_SEQUENCE_START_EVENT: return unsafe .sequenceStart(tag: text(event.data.sequence_start.tag))
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_START_EVENT: return unsafe .mappingStart(tag: text(event.data.mapping_start.tag))
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return unsafe .scalar(
        text: String(decoding: bytes, as: UTF8.self), style: style(scalar.style), tag: text(scalar.tag))
    default: return .streamEnd
    }
  }

  private static func style(_ style: yaml_scalar_style_t) -> YAMLEvent.ScalarStyle {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe String(cString: pointer)
  }

  private func syntaxError() -> YAMLSyntaxError {
    let state = unsafe parser.pointee
    return unsafe YAMLSyntaxError(
      problem: state.problem.map { unsafe String(cString: $0) } ?? "the text cannot be read",
      mark: YAMLMark(state.problem_mark),
      context: state.context.map { unsafe String(cString: $0) },
      contextMark: YAMLMark(state.context_mark))
  }
}

extension YAMLMark {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(line: Int(clamping: mark.line), column: Int(clamping: mark.column))
  }
}
