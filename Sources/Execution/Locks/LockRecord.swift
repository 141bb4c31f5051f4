package import Model

/// What one node remembers of a cluster's lock.
package struct LockRecord: Hashable, Sendable {
  /// 0 where the cluster was never held.
  package var token: Int
  /// Nil once it was let go; the number stays.
  package var run: RunID?
  /// How much longer its holder may stay silent, by the node's own clock. Nothing is free because this is over.
  package var leaseSeconds: Int
  package var note: LockNote

  package init(token: Int = 0, run: RunID? = nil, leaseSeconds: Int = 0, note: LockNote = LockNote()) {
    self.token = token
    self.run = run
    self.leaseSeconds = leaseSeconds
    self.note = note
  }
}

/// Who took the lock, or unlocked it. Nodes keep it without reading it.
package struct LockNote: Hashable, Sendable {
  package var by: String
  package var host: String
  package var processID: Int?
  package var since: String
  /// Whose lock it is, or was.
  package var run: String
  /// Why somebody unlocked it; nil for a holder.
  package var because: String?

  package init(
    by: String = "", host: String = "", processID: Int? = nil, since: String = "", run: String = "",
    because: String? = nil
  ) {
    self.by = by
    self.host = host
    self.processID = processID
    self.since = since
    self.run = run
    self.because = because
  }

  /// One line: JSON escapes what would break it.
  var text: String {
    var fields: Value.Object = [
      "by": .string(by), "host": .string(host), "since": .string(since), "run": .string(run),
    ]
    if let processID { fields["pid"] = .number(Double(processID)) }
    if let because { fields["because"] = .string(because) }
    return Value.object(fields).json()
  }

  /// What cannot be read says nothing; the number beside it still counts.
  init(text: String) {
    let fields = try? JSONReader.parse(text)
    self.init(
      by: fields?["by"]?.stringValue ?? "", host: fields?["host"]?.stringValue ?? "",
      processID: fields?["pid"]?.intValue, since: fields?["since"]?.stringValue ?? "",
      run: fields?["run"]?.stringValue ?? "", because: fields?["because"]?.stringValue)
  }
}
