/// Who has agreed. A person is all the names and all the keys that hang together: two keys under one name, or one key
/// under two names, are one person.
package struct ApprovalTally: Sendable {
  /// One entry a person, with the signature that came first.
  package private(set) var approvals: [PlanSignature] = []
  /// Those that count for nothing, and why.
  package private(set) var discounted: [(signature: PlanSignature, why: String)] = []
  package let required: Int

  package init(_ approval: PlanApproval, _ signatures: [PlanSignature]) {
    required = approval.required
    let people = ApprovalTally.people(signatures.map { Set($0.principals + [$0.fingerprint]) })
    let authors = signatures.filter { $0.purpose == .author }
    let authorNames = Set(authors.flatMap { $0.principals + [$0.fingerprint] } + [approval.author ?? ""])
    // Without a proven author nobody is known not to be the author.
    guard let author = approval.author, authors.contains(where: { $0.principals.contains(author) }) else {
      return
    }
    var seen: [Int] = []
    for (signature, person) in zip(signatures, people.owners) where signature.purpose == .approve {
      if !people.names[person].isDisjoint(with: authorNames) {
        discounted.append((signature, "\(signature.person) is the author"))
      } else if seen.contains(person) {
        discounted.append((signature, "\(signature.person) has approved already"))
      } else {
        seen.append(person)
        approvals.append(signature)
      }
    }
  }

  package var missing: Int { max(0, required - approvals.count) }
  package var isEnough: Bool { missing == 0 && required > 0 }

  /// Which of the people each set of marks belongs to, and all the marks of each.
  private static func people(_ marks: [Set<String>]) -> (owners: [Int], names: [Set<String>]) {
    var names: [Set<String>] = []
    for mark in marks {
      let (same, others) = (
        names.filter { !$0.isDisjoint(with: mark) }, names.filter { $0.isDisjoint(with: mark) }
      )
      names = others + [same.reduce(mark) { $0.union($1) }]
    }
    return (marks.map { mark in names.firstIndex { !$0.isDisjoint(with: mark) } ?? 0 }, names)
  }
}
