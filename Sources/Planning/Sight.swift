package import Model

/// Something to be looked at before a plan is whole.
package enum Sight: Hashable, Sendable {
  case path(FilePlace)
  /// The same, where no part of the path may be a link.
  case exactPath(FilePlace)
  case service(NodeName, String)
  /// A file of the controller.
  case local(String)
}

package enum SightResult: Hashable, Sendable {
  case path(PathSight)
  case service(ServiceStatus)
  case local(FileDigest)
  case failed(reason: String)
}

extension PlannedTask {
  /// What this task's plan should be made from, besides files whose content it shows.
  package var sights: [Sight] {
    var sights: [Sight] = []
    if case .copy(let copy) = work { sights.append(.local(copy.source)) }
    guard case .node(let node) = place else { return sights }
    switch work {
    case .copy(let copy): sights.append(.path(FilePlace(node: node, path: copy.path)))
    case .service(let service): sights.append(.service(node, service.name))
    case .moveAside(let move): sights.append(.path(FilePlace(node: node, path: move.path)))
    case .wipe(let wipe):
      sights += [.exactPath(FilePlace(node: node, path: wipe.path)), .service(node, wipe.service)]
    case .command, .file, .query: break
    }
    return sights
  }
}

extension PlanningFacts {
  func status(of service: String, on node: NodeName?) -> ServiceStatus? {
    guard let node, case .service(let status)? = sights[.service(node, service)] else { return nil }
    return status
  }

  func path(_ path: String, on node: NodeName?, exactly: Bool = false) -> PathSight? {
    guard let place = node.map({ FilePlace(node: $0, path: path) }),
      case .path(let sight)? = sights[exactly ? .exactPath(place) : .path(place)]
    else { return nil }
    return sight
  }
}
