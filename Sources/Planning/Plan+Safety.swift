import Model

extension Plan {
  /// Proves what can be proven of the way there and of every way back, and refuses acts without one.
  mutating func proveSafety() {
    let (coverage, uncovered) = undoCoverage()
    refusals += uncovered
    var found = PlanSafety(coverage: coverage, concerns: [], states: 0, isComplete: true)
    // Where the way there is refused already, nobody needs to hear of the way back.
    if let membership = before?.membership, membership.hasVotes,
      !refusals.contains(where: { $0.verdict != nil })
    {
      var proof = MembershipProof(membershipActs, before: membership)
      proof.prove()
      refusals += proof.refusals
      found.concerns = proof.concerns
      found.states = proof.states
      found.isComplete = proof.isComplete
    }
    safety = found
  }
}
