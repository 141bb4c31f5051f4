import Platform
import TestSupport

/// A `systemctl` whose units are directories: `units/NAME/active` and `enabled` hold systemd's words.
extension LocalShell {
  func installSystemd() throws {
    try install(
      "systemctl",
      script: """
        verb=$1
        for unit; do :; done
        d=$HOME/units/$unit
        echo "$*" >> "$HOME/systemctl.log"
        if [ "$verb" = show ]; then
          [ -d "$d" ] || { printf 'LoadState=not-found\\nActiveState=inactive\\nUnitFileState=\\n'; exit 0; }
          printf 'LoadState=loaded\\nActiveState=%s\\nUnitFileState=%s\\n' "$(cat "$d/active")" "$(cat "$d/enabled")"
          exit 0
        fi
        [ -d "$d" ] || { echo "Unit $unit not found." >&2; exit 5; }
        case $verb in
          start|restart) echo active > "$d/active" ;;
          stop) echo inactive > "$d/active" ;;
          reload) [ "$(cat "$d/active")" = active ] ;;
          enable) case $* in *--runtime*) echo enabled-runtime ;; *) echo enabled ;; esac > "$d/enabled" ;;
          disable) echo disabled > "$d/enabled" ;;
        esac
        """)
  }

  func unit(_ name: String, active: String, enabled: String) async throws {
    _ = try await run(
      "mkdir -p units/\(name); echo \(active) > units/\(name)/active; echo \(enabled) > units/\(name)/enabled"
    )
  }

  /// `active enabled`
  func unitState(_ name: String) async throws -> String {
    try await run("echo $(cat units/\(name)/active units/\(name)/enabled)").stdout.text.split(separator: "\n")
      .joined()
  }
}
