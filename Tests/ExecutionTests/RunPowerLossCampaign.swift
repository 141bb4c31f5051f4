import Execution
import Glibc
import Journal
import Model
import Platform
import TestSupport
import Testing
import Transport

/// Whole runs, forwards and back, whose power is cut anywhere: between any two operations on the journal, and with what
/// was not synced there or gone.
@Suite struct RunPowerLossCampaign {
  private static let steps = """
    a: { act: A, at: n1, run: "true", rollback: { run: "true" } }
    b: { act: B, at: n2, needs: [], run: "true", rollback: { run: "true" } }
    c: { act: C, at: n3, needs: [], run: "true", rollback: { run: "true" } }
    d: { act: D, at: n1, needs: [a, b, c], run: "true", rollback: { run: "true" } }
    e: { verify: E, at: n1, run: "false", expect: "true" }
    """

  private let scratch = ScratchDirectory(inMemory: true)

  @Test(
    "guarantee 1: whatever a power loss takes, no act and no undo had begun whose intent is not on the disk")
  func everyActHasItsIntent() async throws {
    let bench = try Bench(Self.steps)
    let disk = VolatileDisk()
    let transport = bench.instant { disk.note($0) }
    #expect(try await bench.start(transport, storage: disk) == .rolledBack)
    var reached: Set<String> = []
    try await Campaign("run-power-loss", ci: 500, soak: 20_000).run { one in
      let moment = Int.random(in: 0...disk.count, using: &one.random)
      let remains = disk.losePower(after: moment, bench.journalPath, &one.random)
      let intents = Set(try self.intents(remains.file ?? []))
      for act in remains.outside {
        try one.expect(intents.contains(act), "\(act) had begun, and its intent is not on the disk")
        reached.insert(act)
      }
      return remains.outside.isEmpty ? "before any act" : "after \(remains.outside.count) acts and undos"
    }
    #expect(reached.count == 8 || !Campaign.isWhole, "\(reached)")
  }

  private func intents(_ file: [UInt8]) throws -> [String] {
    let path = scratch.path(of: "j")
    let descriptor = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    _ = try descriptor.write(file[...])
    return try JournalReader.read(path).records.compactMap { record in
      guard let task = record.data["task"], let step = task["step"]?.stringValue,
        let index = task["index"]?.intValue
      else { return nil }
      switch record.kind {
      case "intended": return "\(step).\(index)"
      case "undo-intended": return "\(step).\(index).undo.\(record.data["attempt"]?.intValue ?? 0)"
      default: return nil
      }
    }
  }

  @Test("steps that start together share one sync")
  func aWaveSharesOneSync() async throws {
    func steps(_ count: Int, needs: String) -> String {
      (0..<count).map { "s\($0): { act: S, at: n1\(needs), run: \"true\", rollback: { run: \"true\" } }" }
        .joined(separator: "\n")
    }
    func syncs(_ text: String) async throws -> Int {
      let bench = try Bench(text)
      let disk = VolatileDisk()
      #expect(try await bench.start(bench.instant { _ in }, storage: disk) == .done)
      return disk.syncCount
    }
    // The run's first record and its last, and each act's outcome; the intents of a wave of 32 cost one more, those of
    // 32 acts one after another 32 more.
    #expect(try await syncs(steps(32, needs: ", needs: []")) == 2 + 32 + 1)
    #expect(try await syncs(steps(32, needs: "")) == 2 + 32 + 32)
  }
}

extension Bench {
  /// Answers at once in the receipt's form, and tells which act or undo was sent.
  /// `printing`: so many bytes on both streams.
  func instant(
    printing count: Int = 0, _ sent: @escaping @Sendable (String) async throws -> Void
  ) -> FakeTransport {
    transport { request in
      if request.isLook {
        return .answer(
          CommandResult(
            exit: .status(0), stdout: CapturedOutput(bytes: Array(Bench.view(of: request.node).utf8))))
      }
      guard request.isAct else { return .none }
      let name = request.command.split(separator: " 'run' 'run-1' '").last?.prefix { $0 != "'" } ?? ""
      do { try await sent(String(name)) } catch { return .refuse("\(error)") }
      let text = [UInt8](repeating: UInt8(ascii: "x"), count: count)
      return .answer(
        CommandResult(
          exit: .status(0), stdout: CapturedOutput(bytes: Array("belay-receipt done 0\n".utf8) + text),
          stderr: CapturedOutput(bytes: text)))
    }
  }
}
