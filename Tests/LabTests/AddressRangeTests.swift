import Testing

@testable import Lab

@Suite struct AddressRangeTests {
  @Test func readsRoutes() throws {
    let lab = try #require(AddressRange("10.77.3.0/24"))
    let overlapping = [
      "10.0.0.0/8 via 10.1.1.1 dev eth0", "10.77.3.128/25 dev x", "local 10.77.3.1 dev x table local",
      "broadcast 10.77.3.255 dev x", "blackhole 10.77.0.0/16",
    ]
    for route in overlapping { #expect(try #require(AddressRange(route: route)).overlaps(lab), "\(route)") }
    let apart = ["10.77.2.0/24 dev x", "192.168.0.0/16 dev x", "local 127.0.0.1 dev lo", "10.77.4.0 dev x"]
    for route in apart { #expect(!(try #require(AddressRange(route: route)).overlaps(lab)), "\(route)") }
  }

  @Test(arguments: ["default via 10.0.0.1 dev eth0", "", "10.0.0/8", "10.0.0.0/33", "10.0.0.256", "fd00::/8"])
  func skipsWhatIsNoRange(route: String) {
    #expect(AddressRange(route: route) == nil)
  }
}
