/// Acts that know their own way back, so that a runbook need not say it.
package enum OwnUndoAct: Sendable {
  case edit(EditAct)
  case service(ServiceAct)
  case copy(CopyAct)
  case moveAside(MoveAct)
  case wipe(WipeAct)

  /// The step's key.
  package var key: String {
    switch self {
    case .edit: "file"
    case .service: "service"
    case .copy: "copy"
    case .moveAside: "move-aside"
    case .wipe: "wipe"
    }
  }

  /// Every text that may hold references.
  package var texts: [ScalarText] {
    switch self {
    case .edit(let act): [act.path] + act.settings.flatMap { $0.value?.texts ?? [] }
    case .service(let act): [act.name]
    case .copy(let act): [act.from, act.path]
    case .moveAside(let act): [act.path]
    case .wipe(let act): [act.path, act.service] + [act.archive].compactMap(\.self)
    }
  }
}

/// `file:` with `set:` or `remove:`: single settings of a file that is there.
package struct EditAct: Sendable {
  package var path: ScalarText
  package var format: SettingsFormat
  package var settings: [WrittenSetting]
  /// Whether a file that is not there is begun.
  package var creates: Bool
  package var mode: String?
  package var owner: String?

  package init(
    path: ScalarText, format: SettingsFormat, settings: [WrittenSetting], creates: Bool, mode: String?,
    owner: String?
  ) {
    self.path = path
    self.format = format
    self.settings = settings
    self.creates = creates
    self.mode = mode
    self.owner = owner
  }
}

package struct WrittenSetting: Sendable {
  package var path: SettingPath
  /// Nil: the key goes away.
  package var value: WrittenValue?
  package var location: SourceLocation

  package init(path: SettingPath, value: WrittenValue?, location: SourceLocation) {
    self.path = path
    self.value = value
    self.location = location
  }
}

/// A setting's value whose texts may hold references.
package indirect enum WrittenValue: Sendable {
  case text(ScalarText)
  case constant(SettingValue)
  case list([WrittenValue])

  package var texts: [ScalarText] {
    switch self {
    case .text(let text): [text]
    case .constant: []
    case .list(let elements): elements.flatMap(\.texts)
    }
  }
}

/// `service: { name: etcd, state: stopped, enabled: false }`
package struct ServiceAct: Sendable {
  package var name: ScalarText
  package var state: ServiceState?
  package var enabled: Bool?

  package init(name: ScalarText, state: ServiceState?, enabled: Bool?) {
    self.name = name
    self.state = state
    self.enabled = enabled
  }
}

package enum ServiceState: String, CaseIterable, Codable, Sendable {
  case started, stopped, restarted, reloaded
}

/// `copy: { from: files/ca.crt, path: /etc/ssl/ca.crt }`: a file of the controller, whatever bytes it holds.
package struct CopyAct: Sendable {
  /// Where it lies on the controller; a path without references was found while loading.
  package var from: ScalarText
  package var path: ScalarText
  package var mode: String?
  package var owner: String?

  package init(from: ScalarText, path: ScalarText, mode: String?, owner: String?) {
    self.from = from
    self.path = path
    self.mode = mode
    self.owner = owner
  }
}

/// `move-aside: { path: /var/lib/x, missing: ok }`
package struct MoveAct: Sendable {
  package var path: ScalarText
  package var mayBeMissing: Bool

  package init(path: ScalarText, mayBeMissing: Bool) {
    self.path = path
    self.mayBeMissing = mayBeMissing
  }
}

/// `wipe: { path: /var/lib/etcd, service: etcd, archive: /var/backups }`: empties a directory.
package struct WipeAct: Sendable {
  package var path: ScalarText
  package var service: ScalarText
  /// Nil: nothing is kept, and there is no way back.
  package var archive: ScalarText?
  /// Why nothing is kept.
  package var because: String

  package init(path: ScalarText, service: ScalarText, archive: ScalarText?, because: String) {
    self.path = path
    self.service = service
    self.archive = archive
    self.because = because
  }
}
