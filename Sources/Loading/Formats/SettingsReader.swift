import Model

/// `set: { storage.path: /data }` and `remove: [a.b]` of a `file:`.
func readEdits(_ keys: inout MappingReader, path: ScalarText?, _ problems: Problems) -> StepBody? {
  let format = keys.optional("format", Shape<SettingsFormat>.choice)
  let creates = keys.optional("create", .flag)
  let set = keys.optional("set", .settings)
  let remove = keys.optional("remove", .list(of: Shape<WrittenSetting>.removal))
  guard keys.has("set") || keys.has("remove") else {
    for key in ["format", "create"] where keys.has(key) {
      problems.error(
        "misplaced-key", "\"\(key)\" belongs to \"set\" and \"remove\"", at: keys.location(of: key))
    }
    return nil
  }
  guard let path else { return nil }
  guard let format = format ?? SettingsFormat(fileName: path.text) else {
    if !keys.has("format") {
      let formats = SettingsFormat.allCases.map(\.rawValue).joined(separator: ", ")
      problems.error(
        "missing-format", "the name \(quoted(path.text)) does not say which format the file has",
        at: path.location, help: "add \"format:\" with one of \(formats)")
    }
    return nil
  }
  return .own(
    .edit(
      EditAct(
        path: path, format: format, settings: (set ?? []) + (remove ?? []), creates: creates ?? false,
        mode: nil, owner: nil)))
}

extension Shape where Result == [WrittenSetting] {
  fileprivate static var settings: Shape {
    let list: Value.Object = ["type": "array", "items": .object(SchemaRecorder.scalar)]
    let value: Value = ["anyOf": [.object(SchemaRecorder.scalar), .object(list)]]
    let schema: Value.Object = ["type": "object", "additionalProperties": value]
    return Shape("a mapping of dotted keys to values", schema: { _ in schema }) { node, name, problems in
      guard case .mapping(let entries) = node.content else {
        problems.mismatch(node, name, expected: "a mapping of dotted keys to values")
        return nil
      }
      return entries.compactMap { entry in
        guard let path = settingPath(entry.key, problems),
          let value = entry.value.settingValue(quoted(entry.key.value), problems)
        else { return nil }
        return WrittenSetting(path: path, value: value, location: entry.key.location)
      }
    }
  }
}

extension Shape where Result == WrittenSetting {
  fileprivate static var removal: Shape {
    Shape("a dotted key") { node, name, problems in
      guard let text = Shape<String>.string.read(node, name, problems) else { return nil }
      return settingPath(Located(text, at: node.location), problems)
        .map { WrittenSetting(path: $0, value: nil, location: node.location) }
    }
  }
}

private func settingPath(_ key: Located<String>, _ problems: Problems) -> SettingPath? {
  if let path = SettingPath(written: key.value) { return path }
  problems.error(
    "bad-key", "\(quoted(key.value)) names no setting", at: key.location,
    help: "write names with dots between them; one that has a dot itself stands in quotes: 'a.\"b.c\"'")
  return nil
}

extension YAMLNode {
  fileprivate func settingValue(_ name: String, _ problems: Problems, inList: Bool = false) -> WrittenValue? {
    switch content {
    case .scalar(let scalar):
      switch scalar.coreValue {
      case .text(let text): return .text(ScalarText(text, at: location, layout: scalar.layout))
      case .int(let number): return .constant(.integer(number))
      case .float(let number) where number.isFinite: return .constant(.float(number))
      case .bool(let flag): return .constant(.bool(flag))
      case .float, .null: break
      }
    case .sequence(let nodes) where !inList:
      let values = nodes.map { $0.settingValue("an element of \(name)", problems, inList: true) }
      return values.contains { $0 == nil } ? nil : .list(values.compactMap { $0 })
    case .sequence, .mapping, .refused: break
    }
    problems.mismatch(
      self, name,
      expected: inList ? "a text, a number or a boolean" : "a text, a number, a boolean or a list of them",
      help: "a table is set key by key, as in \"table.key: value\"")
    return nil
  }
}
