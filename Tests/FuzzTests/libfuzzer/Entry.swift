import Glibc

/// libFuzzer calls this for every input it invents; the environment names the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func runOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(unsafe UnsafeBufferPointer(start: start, count: count))
  if let problem = target.run(bytes) {
    say("\(target.rawValue): \(problem)\n")
    abort()
  }
  return 0
}

private let target: FuzzTarget = {
  let name = unsafe getenv("BELAY_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    say("BELAY_FUZZ_TARGET is one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))\n")
    exit(2)
  }
  return target
}()

private func say(_ text: String) { _ = unsafe write(2, text, text.utf8.count) }
