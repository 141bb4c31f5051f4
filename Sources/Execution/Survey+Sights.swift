import Hashing
import Model
import Planning
import Platform
import Transport

/// Looks that show no content: paths, services, and files of the controller.
extension Survey {
  func look(at sights: Set<Sight>) async -> [(Sight, SightResult)] {
    await withTaskGroup(of: (Sight, SightResult).self) { group in
      for sight in sights {
        group.addTask { (sight, await look(at: sight)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func look(at sight: Sight) async -> SightResult {
    switch sight {
    case .path(let place):
      await ask(place.node, nodeScript(Self.pathScript, [place.path, ""])) {
        RemotePath.read($0).map { .path($0) }
      }
    case .exactPath(let place):
      await ask(place.node, nodeScript(Self.pathScript, [place.path, "exactly"])) {
        RemotePath.read($0).map { .path($0) }
      }
    case .service(let node, let name):
      await ask(node, nodeScript(Self.serviceScript, [name])) {
        ServiceStatus(printed: $0).map { .service($0) }
      }
    case .local(let path): local(path)
    }
  }

  private func ask(_ node: NodeName, _ command: String, read: (String) -> SightResult?) async -> SightResult {
    do {
      let result = try await transport.run(CommandRequest(node: node, command: command))
      guard result.exit.isSuccess else { return .failed(reason: result.failureText) }
      return read(result.stdout.text) ?? .failed(reason: "the answer could not be read")
    } catch {
      return .failed(reason: error.message)
    }
  }

  private func local(_ path: String) -> SightResult {
    do {
      let bytes = try readFile(path, limit: PlannedCopy.sizeLimit)
      return .local(FileDigest(sha256: sha256(bytes).hex, size: bytes.count))
    } catch {
      return .failed(reason: "\(error)")
    }
  }

  static let pathScript = """
    p=$1
    if [ -L "$p" ]; then echo link
    elif [ ! -e "$p" ]; then echo absent
    elif [ "$2" = exactly ] && [ "$(realpath "$p")" != "$p" ]; then echo link
    elif [ -d "$p" ]; then stat -c 'directory %a %U:%G' -- "$p"
    elif [ -f "$p" ]; then stat -c 'file %a %U:%G %s' -- "$p" && sha256sum < "$p"
    else echo other; fi
    """

  static let serviceScript = #"systemctl show -p LoadState -p ActiveState -p UnitFileState -- "$1""#
}

enum RemotePath {
  static func read(_ printed: String) -> PathSight? {
    let words = printed.split(whereSeparator: \.isWhitespace).map(String.init)
    switch words.first {
    case "absent": return .absent
    case "link": return .link
    case "other": return .other
    case "directory" where words.count == 3: return .directory(mode: words[1], owner: words[2])
    case "file" where words.count >= 5:
      guard let size = Int(words[3]) else { return nil }
      return .file(FileDigest(sha256: words[4], size: size), mode: words[1], owner: words[2])
    default: return nil
    }
  }
}

extension ServiceStatus {
  init?(printed text: String) {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
    }
    guard let load = values["LoadState"], let active = values["ActiveState"] else { return nil }
    self.init(load: load, active: active, enabled: values["UnitFileState"] ?? "")
  }
}
