internal import CSSH
import Glibc

/// A public key as libssh holds it.
@safe struct PublicKey: ~Copyable {
  private let raw: ssh_key

  /// Takes ownership.
  init(owning raw: ssh_key) {
    unsafe self.raw = raw
  }

  init?(type: String, base64: String) {
    var key: ssh_key?
    let status = unsafe base64.withCString { text in
      unsafe ssh_pki_import_pubkey_base64(text, ssh_key_type_from_name(type), &key)
    }
    guard status == SSH_OK, let key = unsafe key else { return nil }
    unsafe self.raw = key
  }

  deinit {
    unsafe ssh_key_free(raw)
  }

  var type: String {
    guard let name = unsafe ssh_key_type_to_char(ssh_key_type(raw)) else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// `SHA256:…`, as ssh-keygen prints it.
  var fingerprint: String {
    var hash: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard unsafe ssh_get_publickey_hash(raw, SSH_PUBLICKEY_HASH_SHA256, &hash, &count) == SSH_OK else {
      return "unknown"
    }
    defer { unsafe ssh_clean_pubkey_hash(&hash) }
    guard let text = unsafe ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, count) else {
      return "unknown"
    }
    defer { unsafe ssh_string_free_char(text) }
    return unsafe String(cString: text)
  }

  func isSame(as other: borrowing PublicKey) -> Bool {
    unsafe ssh_key_cmp(raw, other.raw, SSH_KEY_CMP_PUBLIC) == 0
  }
}
