import Planning
import Testing

@Suite struct ApprovalTallyTests {
  private func signature(_ purpose: PlanSignature.Purpose = .approve, _ names: String..., key: String)
    -> PlanSignature
  {
    PlanSignature(
      purpose: purpose, digest: "d", evidence: "e", principals: names, fingerprint: key, signature: "s",
      allowedSigners: "a")
  }

  private func tally(_ required: Int, author: String? = "alice", _ signatures: [PlanSignature])
    -> ApprovalTally
  {
    ApprovalTally(PlanApproval(required: required, allowedSigners: "s", author: author), signatures)
  }

  private var alice: PlanSignature { signature(.author, "alice", "alice@work", key: "A") }

  @Test func othersCountOnceEach() {
    let bob = signature(.approve, "bob", key: "B")
    let carol = signature(.approve, "carol", key: "C")
    #expect(!tally(2, [alice, bob]).isEnough)
    #expect(tally(2, [alice, bob]).missing == 1)
    #expect(tally(2, [alice, bob, carol]).isEnough)
    #expect(tally(2, [carol, bob, alice]).isEnough)
    #expect(!tally(2, [alice, bob, bob]).isEnough)
  }

  @Test(arguments: [["alice"], ["alice@work"], ["other", "alice"]])
  func theAuthorDoesNotCountUnderAnyName(names: [String]) {
    var again = signature(key: "A2")
    again.principals = names
    let tally = tally(1, [alice, again])
    #expect(!tally.isEnough && tally.discounted.count == 1)
    #expect(!self.tally(1, [alice, signature(.approve, "bob", key: "A")]).isEnough, "nor with the same key")
  }

  @Test func namesAndKeysHangTogether() {
    let bob = signature(.approve, "bob", key: "B")
    let robert = signature(.approve, "robert", key: "R")
    let both = signature(.approve, "bob", "robert", key: "BR")
    #expect(tally(2, [alice, bob, robert]).isEnough)
    #expect(!tally(2, [alice, bob, robert, both]).isEnough, "a third one shows that the two are one")
    let link = signature(.approve, "robert", "alice", key: "X")
    #expect(
      !tally(1, [alice, robert, link]).isEnough, "somebody who is also called as the author is the author")
  }

  @Test func withoutAProvenAuthorNobodyCounts() {
    let bob = signature(.approve, "bob", key: "B")
    #expect(!tally(1, [bob]).isEnough)
    #expect(!tally(1, author: nil, [alice, bob]).isEnough)
    #expect(!tally(1, author: "carol", [alice, bob]).isEnough)
    #expect(!tally(0, [alice, bob]).isEnough, "a plan edited to need nobody needs somebody")
  }
}
