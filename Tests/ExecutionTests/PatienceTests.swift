@testable import Execution
import Testing

@Suite struct PatienceTests {
  @Test("what took long because nobody was there is given back; being late is not")
  func absences() {
    var patience = Patience(.zero, clock: SystemClock())
    #expect(patience.isOver)
    #expect(patience.forgive(.seconds(6), instead: .seconds(2)) == .zero)
    #expect(patience.isOver, "a loaded machine is late")
    #expect(patience.forgive(.seconds(3600), instead: .seconds(1)) == .seconds(3599))
    #expect(!patience.isOver, "a laptop slept for an hour")
  }

  @Test func whatStoodStillWhileNobodyLookedIsNotStuck() {
    var headway = Headway(patience: .seconds(10))
    let start = ContinuousClock.now
    #expect(headway.stall(left: 5, at: start) == nil)
    headway.forgive(.seconds(3600))
    #expect(headway.stall(left: 5, at: start + .seconds(3605)) == nil)
    #expect(headway.stall(left: 5, at: start + .seconds(3610)) != nil)
  }
}
