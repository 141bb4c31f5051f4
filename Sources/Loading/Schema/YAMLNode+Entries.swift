import Model

extension YAMLNode {
  /// The entries of a mapping, else nil. While a schema is recorded, a place of which nothing is known yet is taken for
  /// an empty mapping: whoever asks expects one there.
  func entries(_ problems: Problems) -> [YAMLEntry]? {
    if case .mapping(let entries) = content { return entries }
    guard let recorder = problems.recorder else { return nil }
    if isRefused { return [] }
    recorder.refuse(location)
    return nil
  }
}
