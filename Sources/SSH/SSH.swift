// CommandTransport over libssh.
