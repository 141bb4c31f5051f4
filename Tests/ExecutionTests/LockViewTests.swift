import Execution
import Model
import TestSupport
import Testing

/// Who may take a lock, from what the members remember of it.
@Suite struct LockViewTests {
  /// `n1` to `n5`, each as `token run lease`: `6 A 40` is held, `6 -` was let go, `?` did not answer.
  private static func view(_ nodes: [String]) -> LockView {
    var view = LockView(members: nodes.indices.map { NodeName("n\($0 + 1)") })
    for (name, text) in zip(view.members, nodes) {
      let words = text.split(separator: " ").map(String.init)
      guard let token = Int(words[0]) else {
        view.silent[name] = "off"
        continue
      }
      let run = words.count > 1 && words[1] != "-" ? RunID(words[1]) : nil
      view.records[name] = LockRecord(
        token: token, run: run, leaseSeconds: words.count > 2 ? Int(words[2]) ?? 0 : 0,
        note: note)
    }
    return view
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var nodes: [String]
    var claim: LockClaim
    /// `take 7 over 6`, or the refusal.
    var answer: String
    var why: String
    var testDescription: String { why }
  }

  private static let note = LockNote(by: "ops", host: "laptop")
  private static let begin = LockClaim.begin(RunID("N"))
  private static let again = LockClaim.takeUp(RunID("A"), host: "laptop")
  private static let elsewhere = LockClaim.takeUp(RunID("A"), host: "desk")

  static let rows = [
    Row(nodes: ["0", "0", "0"], claim: begin, answer: "take 1 over 0", why: "never held"),
    Row(nodes: ["6 -", "6 -", "6 -"], claim: begin, answer: "take 7 over 6", why: "let go"),
    Row(nodes: ["6 -", "5 -", "?"], claim: begin, answer: "take 7 over 6", why: "a majority is enough"),
    Row(nodes: ["6 -", "?", "?"], claim: begin, answer: "too few", why: "a minority is not"),
    Row(nodes: ["6 -", "?"], claim: begin, answer: "too few", why: "nor is half of them"),
    Row(nodes: ["?"], claim: .unlock(force: true), answer: "too few", why: "not even to unlock"),
    Row(nodes: ["6 A 40", "6 A 40", "6 A 40"], claim: begin, answer: "held by A", why: "held"),
    Row(
      nodes: ["6 A", "6 A", "6 A"], claim: begin, answer: "held by A",
      why: "a lease that is over frees nothing"),
    Row(nodes: ["5 -", "5 -", "6 A"], claim: begin, answer: "held by A", why: "one member's word is enough"),
    Row(
      nodes: ["6 -", "6 A", "6 A"], claim: begin, answer: "take 7 over 6",
      why: "only its holder lets a number go"),
    Row(
      nodes: ["7 -", "6 A 40", "7 -"], claim: begin, answer: "take 8 over 7", why: "a lower number is void"),
    Row(
      nodes: ["6 A", "6 A", "6 B"], claim: begin, answer: "held by A",
      why: "who lost a race and could not give back"),
    Row(
      nodes: ["6 A 40", "6 A 40", "?"], claim: again, answer: "take 7 over 6",
      why: "its own run, on its machine"),
    Row(
      nodes: ["6 A 40", "6 A", "?"], claim: elsewhere, answer: "A may live",
      why: "its own run, elsewhere, too early"),
    Row(
      nodes: ["6 A", "6 A", "?"], claim: elsewhere, answer: "take 7 over 6",
      why: "its own run, elsewhere, in time"),
    Row(
      nodes: ["6 -", "6 -", "?"], claim: again, answer: "take 7 over 6",
      why: "its own run, unlocked meanwhile"),
    Row(
      nodes: ["6 B", "6 B", "?"], claim: again, answer: "held by B", why: "its own run, and another holds it"),
    Row(
      nodes: ["6 A 9", "6 A", "6 A"], claim: .unlock(force: false), answer: "A may live",
      why: "unlock, too early"),
    Row(
      nodes: ["6 A 9", "6 A", "6 A"], claim: .unlock(force: true), answer: "take 7 over 6",
      why: "unlock, told to"),
    Row(
      nodes: ["6 A", "6 A", "6 A"], claim: .unlock(force: false), answer: "take 7 over 6",
      why: "unlock, in time"),
    Row(
      nodes: ["999999999999999 -", "1 -", "1 -"], claim: begin, answer: "exhausted",
      why: "a number from nowhere"),
  ]

  @Test(arguments: rows) func decides(_ row: Row) {
    #expect(Self.answer(Self.view(row.nodes), row.claim) == row.answer)
  }

  private static func answer(_ view: LockView, _ claim: LockClaim) -> String {
    do throws(LockRefusal) {
      let ticket = try view.decide(claim)
      return "take \(ticket.token) over \(ticket.over)"
    } catch {
      switch error {
      case .tooFew: return "too few"
      case .held(let holding): return "held by \(holding.run)"
      case .alive(let holding): return "\(holding.run) may live"
      case .outrun: return "outrun"
      case .exhausted: return "exhausted"
      }
    }
  }

  @Test func aSpareNodeOfAnotherLifeRaisesTheNumberOnlyWhenEverybodyIsTold() throws {
    var view = Self.view(["3 -", "3 -", "3 -"])
    view.records[NodeName("s1")] = LockRecord(token: 57, run: RunID("old"))
    #expect(view.token == 3 && view.highestToken == 57 && view.holding == nil)
    #expect(try view.decide(.unlock(force: false)) == LockView.Ticket(token: 58, over: 57))
  }

  @Test func onlyAMajorityWins() {
    let ticket = LockView.Ticket(token: 7, over: 6)
    #expect(Self.view(["7 N", "7 N", "?"]).isWon(ticket, by: Self.begin, Self.note))
    #expect(!Self.view(["7 N", "6 -", "7 M"]).isWon(ticket, by: Self.begin, Self.note))
    #expect(!Self.view(["7 N", "7 N", "?", "?"]).isWon(ticket, by: Self.begin, Self.note))
    #expect(Self.view(["7 unlock", "7 unlock", "6 A"]).isWon(ticket, by: .unlock(force: true), Self.note))
    #expect(
      !Self.view(["7 unlock", "7 unlock", "6 A"]).isWon(ticket, by: .unlock(force: true), LockNote(by: "me")))
  }

  @Test func aHolderKnowsItsSuccessor() {
    #expect(Self.view(["6 A", "6 A", "6 A"]).successor(of: 6) == nil)
    #expect(Self.view(["6 A", "5 -", "6 B"]).successor(of: 6) == nil)
    #expect(Self.view(["6 A", "7 -", "?"]).successor(of: 6)?.token == 7)
  }
}
