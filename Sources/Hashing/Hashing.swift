// SHA-256 over libcrypto.
