import Testing

@testable import Signing

@Suite struct AllowedSignersTests {
  @Test func keysAreFoundWithTheirPeople() {
    let text = """
      # who may approve
      alice@example.org,alice namespaces="belay-plan" ssh-ed25519 AAAA1 a comment
      "bob b" valid-before="20300101",namespaces="a b" ssh-rsa AAAA2
      *@example.org cert-authority ssh-ed25519 AAAA3
      nonsense
      """
    let signers = AllowedSigners(path: "x", bytes: Array(text.utf8))
    #expect(signers.principals == ["alice@example.org", "alice", "bob b", "*@example.org"])
    #expect(signers.entries(of: "AAAA2").map(\.line) == [3])
    #expect(signers.entries(of: "AAAA3").isEmpty, "an authority's key signs nothing itself")
    #expect(signers.principals.filter(namesOnePerson).count == 3)
  }

  @Test(arguments: [
    "", "\u{0}\u{1}", "a b c d", String(repeating: "\"", count: 1000), "x AAAA", "# a b AAAA",
  ])
  func oddLinesNameNobody(text: String) {
    #expect(AllowedSigners(path: "x", bytes: Array(text.utf8)).entries.isEmpty)
  }
}
