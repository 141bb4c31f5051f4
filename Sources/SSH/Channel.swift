internal import CSSH
import Glibc
import Transport

/// One command's channel and what came out of it. It keeps its session alive.
@safe final class Channel {
  private let session: Session
  private let raw: ssh_channel
  /// libssh keeps the address, so it must not move.
  private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
  private let outputLimit: Int

  private(set) var stdout = CapturedOutput()
  private(set) var stderr = CapturedOutput()
  fileprivate(set) var exit: CommandExit?
  fileprivate(set) var isClosed = false

  init?(session: Session, outputLimit: Int) {
    guard let raw = unsafe ssh_channel_new(session.raw) else { return nil }
    self.session = session
    unsafe self.raw = raw
    self.outputLimit = max(0, outputLimit)
    unsafe callbacks = .allocate(capacity: 1)
    unsafe callbacks.initialize(to: ssh_channel_callbacks_struct())
    unsafe callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
    unsafe callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
    unsafe callbacks.pointee.channel_data_function = dataArrived
    unsafe callbacks.pointee.channel_exit_status_function = exitStatusArrived
    unsafe callbacks.pointee.channel_exit_signal_function = exitSignalArrived
    unsafe callbacks.pointee.channel_close_function = closeArrived
    unsafe ssh_set_channel_callbacks(raw, callbacks)
  }

  /// Freeing an open channel sends its close.
  deinit {
    unsafe ssh_remove_channel_callbacks(raw, callbacks)
    unsafe ssh_channel_free(raw)
    unsafe callbacks.deallocate()
  }

  func open() -> Session.Progress {
    progress(unsafe ssh_channel_open_session(raw))
  }

  func request(_ command: String) -> Session.Progress {
    progress(unsafe ssh_channel_request_exec(raw, command))
  }

  private func progress(_ status: Int32) -> Session.Progress {
    status == SSH_OK ? .done : status == SSH_AGAIN ? .pending : .failed
  }

  /// How many of the bytes the channel took: none while the other side's window is full. Nil on failure.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe ssh_channel_write(raw, buffer.baseAddress, UInt32(buffer.count))
    }
    return count < 0 ? nil : Int(count)
  }

  func finishInput() {
    unsafe ssh_channel_send_eof(raw)
  }

  fileprivate func take(_ bytes: UnsafeRawBufferPointer, isError: Bool) {
    if isError {
      unsafe stderr.append(bytes, limit: outputLimit)
    } else {
      unsafe stdout.append(bytes, limit: outputLimit)
    }
  }
}

extension CapturedOutput {
  fileprivate mutating func append(_ new: UnsafeRawBufferPointer, limit: Int) {
    total += new.count
    if bytes.count < limit { unsafe bytes.append(contentsOf: new.prefix(limit - bytes.count)) }
  }
}

// Global functions: C calls them on the loop thread, inside a pump or any other call on the session.

private func channel(_ context: UnsafeMutableRawPointer?) -> Channel? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<Channel>.fromOpaque(context).takeUnretainedValue()
}

private func dataArrived(
  session: ssh_session?, raw: ssh_channel?, data: UnsafeMutableRawPointer?, count: UInt32, isError: Int32,
  context: UnsafeMutableRawPointer?
) -> Int32 {
  let bytes = unsafe UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : Int(count))
  unsafe channel(context)?.take(bytes, isError: isError != 0)
  return Int32(clamping: count)
}

private func exitStatusArrived(
  session: ssh_session?, raw: ssh_channel?, status: Int32, context: UnsafeMutableRawPointer?
) {
  unsafe channel(context)?.exit = .status(Int(status))
}

private func exitSignalArrived(
  session: ssh_session?, raw: ssh_channel?, signal: UnsafePointer<CChar>?, coreDumped: Int32,
  message: UnsafePointer<CChar>?, language: UnsafePointer<CChar>?, context: UnsafeMutableRawPointer?
) {
  guard let signal = unsafe signal else { return }
  unsafe channel(context)?.exit = .signal(printable(String(cString: signal), limit: 32))
}

private func closeArrived(session: ssh_session?, raw: ssh_channel?, context: UnsafeMutableRawPointer?) {
  unsafe channel(context)?.isClosed = true
}
