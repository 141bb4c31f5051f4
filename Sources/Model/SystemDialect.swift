/// One version of a system, where versions name things differently: all of what a node has and how it is observed.
package struct SystemDialect: Sendable {
  package var name: String
  package var nodeDefaults: [NodeDefault]
  package var observe: ObserveRules

  package init(name: String, nodeDefaults: [NodeDefault], observe: ObserveRules) {
    self.name = name
    self.nodeDefaults = nodeDefaults
    self.observe = observe
  }
}

extension ClusterSystem {
  /// The system as a cluster of it says that it speaks; nil when there is no such dialect. Unless a cluster says
  /// anything, it is the first.
  package func speaking(_ name: String?) -> ClusterSystem? {
    guard let name else { return self }
    guard let dialect = dialects.first(where: { $0.name == name }) else { return nil }
    var system = self
    system.nodeDefaults = dialect.nodeDefaults
    system.observe = dialect.observe
    return system
  }
}
