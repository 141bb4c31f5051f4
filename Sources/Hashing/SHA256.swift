/// The digest of some bytes. Should libcrypto fail for want of memory, the result equals no digest at all, so that
/// whatever compares it refuses.
package func sha256(_ bytes: [UInt8]) -> SHA256Digest {
  var hasher = SHA256Hasher()
  hasher.update(bytes)
  return hasher.finalize() ?? .matchingNothing()
}

package func sha256(_ text: String) -> SHA256Digest {
  var hasher = SHA256Hasher()
  hasher.update(text)
  return hasher.finalize() ?? .matchingNothing()
}
