internal import CCrypto

/// The SHA-256 of bytes that arrive in pieces. It can be used again after each `finalize`.
///
/// Once started, libcrypto fails only for want of memory. The hasher then remembers the failure and `finalize`
/// returns nil, since a digest of half the bytes would be a lie.
@safe package struct SHA256Hasher: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer?
  private var isSound = false

  package init() {
    unsafe context = EVP_MD_CTX_new()
    restart()
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  private mutating func restart() {
    guard let context = unsafe context, let algorithm = unsafe SHA256Algorithm.shared.handle else {
      isSound = false
      return
    }
    isSound = unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
  }

  package mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { unsafe update(UnsafeRawBufferPointer($0)) }
  }

  private mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard isSound, let context = unsafe context else { return }
    isSound = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
  }

  /// The digest of everything since the last `finalize`, or nil when libcrypto failed on the way.
  package mutating func finalize() -> SHA256Digest? {
    defer { restart() }
    guard isSound, let context = unsafe context else { return nil }
    return unsafe withUnsafeTemporaryAllocation(byteCount: Int(EVP_MAX_MD_SIZE), alignment: 8) { buffer in
      var count: UInt32 = 0
      guard unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &count) == 1,
        count == SHA256Digest.byteCount
      else { return nil }
      return unsafe SHA256Digest(unchecked: UnsafeRawBufferPointer(buffer))
    }
  }
}

/// libcrypto's implementation, fetched once, from a library context of our own: an `openssl.cnf` that leaves out the
/// default provider must not decide whether a journal can be hashed. Both live as long as the process.
@safe private struct SHA256Algorithm: @unchecked Sendable {
  let handle: OpaquePointer?

  private init() {
    let library = unsafe OSSL_LIB_CTX_new()
    let provider = unsafe library.flatMap { unsafe OSSL_PROVIDER_load($0, "default") }
    unsafe handle = unsafe provider.flatMap { _ in unsafe EVP_MD_fetch(library, "SHA256", nil) }
  }

  static let shared = SHA256Algorithm()
}
