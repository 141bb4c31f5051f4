/// The lines of a shell text in one, with what each line break stood for.
package func shellLine(_ text: String) -> String {
  text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.reduce(into: "") { joined, line in
    let isOpen = ["|", "&&", "\\", "{", "(", " do", " then", " else"].contains(where: joined.hasSuffix)
    joined += (joined.isEmpty ? "" : isOpen ? " " : "; ") + line
  }
}
