import Model

/// Systems that were loaded already: many runbooks share one, and checking them all should read it once.
package final class SystemCache {
  private var loaded: [[String]: LoadResult<ClusterSystem>] = [:]

  package init() {}

  /// `homes`: the directories that the system is looked for in.
  func system(
    _ homes: [String], _ load: ([String]) -> LoadResult<ClusterSystem>
  ) -> LoadResult<ClusterSystem> {
    if let known = loaded[homes] { return known }
    let result = load(homes)
    loaded[homes] = result
    return result
  }
}
