package import Model

/// Finds a template's text by its name.
package typealias TemplateSource = (String) throws(FileProblem) -> SourceFile

extension Shape where Result == FileAct {
  /// `file: { path: /etc/x.conf, template: x.conf, mode: "0640", owner: x }`
  static func file(_ templates: @escaping TemplateSource) -> Shape {
    Shape("a mapping with \"path\" and \"template\" or \"content\"") { node, name, problems in
      guard var keys = MappingReader(node, name, problems) else { return nil }
      let path = keys.required("path", .text)
      let template = keys.optional("template", Shape<String>.string.located())
      let content = keys.optional("content", .text)
      let mode = keys.optional("mode", .fileMode)
      let owner = keys.optional("owner", .fileOwner)
      if !keys.has("template"), !keys.has("content") {
        keys.reportMissing(
          ["template", "content"],
          Diagnostic(
            .error, "missing-key", "\(name) has neither \"template\" nor \"content\"", at: keys.location,
            help: "add \"template:\" with a file's name in templates/, or \"content:\" with the text"))
      }
      keys.finish()
      if keys.has("template"), keys.has("content") {
        problems.error(
          "misplaced-key", "\(name) has both \"template\" and \"content\"", at: keys.location(of: "content"))
      }
      guard let path, let text = content ?? template.flatMap({ templateText($0, templates, problems) }) else {
        return nil
      }
      return FileAct(path: path, content: text, template: template?.value, mode: mode, owner: owner)
    }
  }

  private static func templateText(
    _ name: Located<String>, _ templates: TemplateSource, _ problems: Problems
  ) -> ScalarText? {
    do throws(FileProblem) {
      let file = try templates(name.value)
      // A template stands in its file as it is: every line of it is a line of the text.
      return ScalarText(
        file.text, at: SourceLocation(file: file.path, line: 1, column: 1),
        layout: .block(firstLine: 1, indent: 0))
    } catch {
      problems.report(error.diagnostic(at: name.location))
      return nil
    }
  }
}

extension Shape where Result == String {
  /// Octal digits as text, so that no YAML tool takes them for a number of its own kind.
  fileprivate static var fileMode: Shape {
    let schema = Names.scalarSchema(pattern: "^[0-7]{3,4}$")
    return matching("a mode in octal such as \"0640\"", schema: schema) { text in
      (3...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x37).contains($0) }
    }
    .map { $0.count == 3 ? "0\($0)" : $0 }
  }

  fileprivate static var fileOwner: Shape {
    let user = "[A-Za-z0-9_][A-Za-z0-9._@$-]{0,63}"
    let schema = Names.scalarSchema(pattern: "^\(user)(:\(user))?$")
    return matching("a user, or user:group", schema: schema) { text in
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      return (1...2).contains(parts.count) && parts.allSatisfy(Names.isUser)
    }
  }
}
