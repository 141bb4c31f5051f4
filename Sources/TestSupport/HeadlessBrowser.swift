internal import Glibc
import Model
internal import Platform

/// A real browser without a screen, spoken to over its DevTools pipe: no port, no network, one start for many looks.
package final class HeadlessBrowser {
  private let scratch = ScratchDirectory()
  private let process: pid_t
  private let commands: Int32
  private let answers: Int32
  private var pending: [UInt8] = []
  private var nextID = 1
  private var session: String?
  /// What the page did that a page made of nothing but itself does not do.
  private var requests: [String] = []
  private var complaints: [String] = []
  private var hasLoaded = false
  private static let patienceSeconds = 60

  package init() throws {
    let (down, up) = (scratch.path(of: "commands"), scratch.path(of: "answers"))
    guard unsafe mkfifo(down, 0o600) == 0, unsafe mkfifo(up, 0o600) == 0 else {
      throw FixtureError("cannot make a pipe")
    }
    // Open at both ends, so that nobody waits for anybody.
    commands = unsafe open(down, O_RDWR | O_CLOEXEC)
    answers = unsafe open(up, O_RDWR | O_CLOEXEC)
    guard commands >= 0, answers >= 0 else { throw FixtureError("cannot open a pipe") }
    process = try FixtureProcess.spawn(
      [
        "/bin/sh", "-c", "exec chromium \"$@\" 3<\(down) 4>\(up)", "sh", "--headless=new", "--no-sandbox",
        "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
        "--user-data-dir=\(scratch.path(of: "profile"))", "about:blank",
      ], output: scratch.path(of: "log"))
    let target = try call("Target.createTarget", ["url": "about:blank"])
    let attached = try call(
      "Target.attachToTarget", ["targetId": target["targetId"] ?? .null, "flatten": true])
    session = attached["sessionId"]?.stringValue
    for domain in ["Page", "Runtime", "Log", "Network"] { _ = try call("\(domain).enable", [:]) }
  }

  deinit {
    _ = try? call("Browser.close", [:])
    kill(process, SIGKILL)
    FixtureProcess.reap(process)
    close(commands)
    close(answers)
  }

  /// What a page looks like at a width, and what it did.
  package struct Look: Sendable {
    package var scrollWidth: Int
    package var height: Int
    package var background: String
    /// PNG, in base64; empty when none was wanted.
    package var screenshot: String
    /// Everything that was asked of anybody but the page itself.
    package var requests: [String]
    /// Errors and warnings of the console, blocked content among them.
    package var complaints: [String]
  }

  package func look(at path: String, width: Int, isDark: Bool, withPicture: Bool = false) throws -> Look {
    (requests, complaints, hasLoaded) = ([], [], false)
    _ = try call(
      "Emulation.setDeviceMetricsOverride",
      ["width": .number(Double(width)), "height": 900, "deviceScaleFactor": 1, "mobile": false])
    let scheme: Value = ["name": "prefers-color-scheme", "value": .string(isDark ? "dark" : "light")]
    _ = try call("Emulation.setEmulatedMedia", ["features": [scheme]])
    let address = "file://\(path)"
    _ = try call("Page.navigate", ["url": .string(address)])
    while !hasLoaded { try take() }
    let measure =
      "[document.documentElement.scrollWidth, document.documentElement.scrollHeight,"
      + " getComputedStyle(document.body).backgroundColor]"
    let result = try call("Runtime.evaluate", ["expression": .string(measure), "returnByValue": true])
    let values = result["result"]?["value"]?.arrayValue ?? []
    let picture: Value =
      withPicture
      ? try call("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true]) : [:]
    guard values.count == 3 else {
      throw FixtureError("the browser did not say how the page looks: \(result.json())")
    }
    return Look(
      scrollWidth: values[0].intValue ?? 0, height: values[1].intValue ?? 0,
      background: values[2].stringValue ?? "", screenshot: picture["data"]?.stringValue ?? "",
      requests: requests.filter { $0 != address },
      complaints: complaints)
  }

  // MARK: Messages, each ended by a zero byte

  private func call(_ method: String, _ parameters: Value) throws -> Value {
    let id = nextID
    nextID += 1
    var message: Value.Object = ["id": .number(Double(id)), "method": .string(method), "params": parameters]
    if let session { message["sessionId"] = .string(session) }
    let bytes = Array(Value.object(message).json().utf8) + [0]
    guard unsafe write(commands, bytes, bytes.count) == bytes.count else {
      throw FixtureError("the browser takes no commands")
    }
    while true {
      let answer = try take()
      guard answer["id"]?.intValue == id else { continue }
      if let error = answer["error"] { throw FixtureError("\(method): \(error.json())") }
      return answer["result"] ?? .null
    }
  }

  @discardableResult
  private func take() throws -> Value {
    let deadline = MonotonicClock.now + UInt64(Self.patienceSeconds) * 1_000_000_000
    while true {
      if let end = pending.firstIndex(of: 0) {
        let message = try JSONReader.parse(Array(pending[..<end]))
        pending.removeFirst(end + 1)
        note(message)
        return message
      }
      var state = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&state, 1, 1000) > 0 else {
        guard MonotonicClock.now < deadline else {
          let log = (try? FixtureFiles.read(scratch.path(of: "log"))) ?? ""
          throw FixtureError(
            "Debian's chromium (`scripts/install-dependencies test`) says nothing: \(log.suffix(500))")
        }
        continue
      }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe read(answers, &buffer, buffer.count)
      if count > 0 { pending += buffer.prefix(count) }
    }
  }

  private func note(_ message: Value) {
    let parameters = message["params"] ?? .null
    switch message["method"]?.stringValue {
    case "Page.loadEventFired": hasLoaded = true
    case "Network.requestWillBeSent":
      requests.append(parameters["request"]?["url"]?.stringValue ?? "?")
    case "Log.entryAdded": complaints.append(parameters["entry"]?["text"]?.stringValue ?? "?")
    case "Runtime.exceptionThrown", "Runtime.consoleAPICalled": complaints.append(parameters.json())
    default: break
    }
  }
}
