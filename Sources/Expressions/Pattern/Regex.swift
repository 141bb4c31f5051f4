internal import COnig

/// A regular expression compiled by Oniguruma, the engine of jq itself. Its work on one text is bounded.
@safe final class RegularExpression {
  struct Failure: Error {
    var message: String
  }

  struct Options: OptionSet, Hashable {
    let rawValue: UInt32
    static let ignoreCase = Options(rawValue: UInt32(ONIG_OPTION_IGNORECASE))
    static let extended = Options(rawValue: ignoreCase.rawValue << 1)
    static let multiLine = Options(rawValue: ignoreCase.rawValue << 2)
    static let singleLine = Options(rawValue: ignoreCase.rawValue << 3)
    static let findLongest = Options(rawValue: ignoreCase.rawValue << 4)
    static let findNotEmpty = Options(rawValue: ignoreCase.rawValue << 5)
  }

  /// Byte ranges: the whole match first, then each group, nil where a group took no part.
  typealias Groups = [Range<Int>?]

  private let regex: OnigRegex
  /// The names of the groups by number, the first group at 0.
  let groupNames: [String?]

  private static let patternLimit = 10_000
  private static let stackEntries: UInt32 = 200_000
  private static let parseDepth: UInt32 = 200

  private static let libraryStatus: Int32 = {
    onig_set_parse_depth_limit(parseDepth)
    return belay_onig_initialize()
  }()

  init(_ pattern: String, _ options: Options = []) throws(Failure) {
    guard pattern.utf8.count <= Self.patternLimit else {
      throw Failure(message: "a pattern may have at most \(Self.patternLimit) bytes")
    }
    guard Self.libraryStatus == ONIG_NORMAL else {
      throw Failure(message: "Oniguruma does not start")
    }
    var compiled: OnigRegex?
    var error = unsafe OnigErrorInfo()
    let bytes = Array(pattern.utf8)
    let status = unsafe bytes.withUnsafeBufferPointer { bytes -> Int32 in
      guard let start = bytes.baseAddress else {
        // An empty array has no address, and the empty pattern is a pattern.
        var nothing: OnigUChar = 0
        return unsafe belay_onig_new(&compiled, &nothing, &nothing, options.rawValue, &error)
      }
      return unsafe belay_onig_new(&compiled, start, start + bytes.count, options.rawValue, &error)
    }
    guard status == ONIG_NORMAL, let compiled = unsafe compiled else {
      throw unsafe Failure(message: Self.text(of: status, &error))
    }
    unsafe regex = compiled
    unsafe groupNames = Self.names(of: compiled)
  }

  deinit { unsafe onig_free(regex) }

  /// The first match that begins at `start` or later; offsets are bytes of `text`.
  func firstMatch(in text: [UInt8], from start: Int, retries: Int) throws(Failure) -> Groups? {
    guard let region = unsafe onig_region_new(), let parameters = unsafe onig_new_match_param() else {
      throw Failure(message: "out of memory")
    }
    defer {
      unsafe onig_region_free(region, 1)
      unsafe onig_free_match_param(parameters)
    }
    unsafe onig_set_retry_limit_in_match_of_match_param(parameters, UInt(retries))
    unsafe onig_set_retry_limit_in_search_of_match_param(parameters, UInt(retries))
    unsafe onig_set_match_stack_limit_size_of_match_param(parameters, Self.stackEntries)
    // One byte more, so that an empty text has an address too.
    let padded = text.isEmpty ? [0] : text
    let status = unsafe padded.withUnsafeBufferPointer { bytes -> Int32 in
      guard let base = bytes.baseAddress else { return ONIG_MISMATCH }
      let end = unsafe base + text.count
      return unsafe onig_search_with_param(
        regex, base, end, base + start, end, region, ONIG_OPTION_NONE, parameters)
    }
    if status == ONIG_MISMATCH { return nil }
    guard status >= 0 else { throw unsafe Failure(message: Self.text(of: status, nil)) }
    return (0..<Int(unsafe region.pointee.num_regs)).map { group in
      let lower = Int(unsafe region.pointee.beg[group])
      return lower < 0 ? nil : lower..<Int(unsafe region.pointee.end[group])
    }
  }

  private static func text(of status: Int32, _ error: UnsafeMutablePointer<OnigErrorInfo>?) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(ONIG_MAX_ERROR_MESSAGE_LEN) + 1)
    let length = unsafe belay_onig_error_text(&buffer, status, error)
    return String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
  }

  private static func names(of regex: OnigRegex) -> [String?] {
    let list = NameList(count: Int(unsafe onig_number_of_captures(regex)))
    let context = unsafe Unmanaged.passUnretained(list).toOpaque()
    unsafe onig_foreach_name(
      regex,
      { name, end, count, groups, _, context in
        guard let name = unsafe name, let end = unsafe end, let groups = unsafe groups,
          let context = unsafe context
        else { return 0 }
        let text = unsafe String(
          decoding: UnsafeBufferPointer(start: name, count: end - name), as: UTF8.self)
        let list = unsafe Unmanaged<NameList>.fromOpaque(context).takeUnretainedValue()
        for index in 0..<Int(count) { list.set(text, group: Int(unsafe groups[index])) }
        return 0
      }, context)
    return list.names
  }
}

/// Collects what Oniguruma's callback reports.
private final class NameList {
  private(set) var names: [String?]

  init(count: Int) { names = Array(repeating: nil, count: count) }

  func set(_ name: String, group: Int) {
    if names.indices.contains(group - 1) { names[group - 1] = name }
  }
}
