package import Journal
package import Transport

/// Takes secrets out of everything that nodes print, before anybody here sees it: what was never heard cannot be
/// journaled, shown or handed to another command.
package struct MaskingTransport: CommandTransport {
  private let inner: any CommandTransport
  private let mask: SecretMask

  package init(_ inner: any CommandTransport, mask: SecretMask) {
    self.inner = inner
    self.mask = mask
  }

  package func run(_ request: CommandRequest) async throws(TransportFailure) -> CommandResult {
    do throws(TransportFailure) {
      var result = try await inner.run(request)
      result.stdout = masked(result.stdout)
      result.stderr = masked(result.stderr)
      if case .unknown(let reason) = result.exit { result.exit = .unknown(reason: mask.apply(reason)) }
      return result
    } catch {
      throw TransportFailure(
        node: error.node, kind: error.kind, message: mask.apply(error.message), help: error.help)
    }
  }

  private func masked(_ output: CapturedOutput) -> CapturedOutput {
    var bytes = mask.apply(output.bytes)
    // A secret that was cut at the end is not recognised: it goes with the end.
    if output.isTruncated { bytes.removeLast(min(bytes.count, mask.longestForm)) }
    let total = output.isTruncated ? max(output.total, bytes.count + 1) : bytes.count
    return CapturedOutput(bytes: bytes, total: total)
  }

  package func close() async { await inner.close() }
}
