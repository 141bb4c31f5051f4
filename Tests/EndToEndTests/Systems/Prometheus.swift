/// A Prometheus as far as runbooks see one: a unit that reads its rules, and the program that checks them.
extension Trouble {
  /// Tells with each reload, in the log of calls, how many files of rules it finds; `made`: which directory is there.
  static func prometheus(on node: String, made directory: String) -> Trouble {
    .run(
      #"""
      mkdir -p \#(directory)
      cat >/run/reload <<'END'
      echo "{\"call\":\"prometheus reads $(ls /etc/prometheus/rules | wc -l) files\"}" >>/srv/standin/calls.jsonl
      END
      cat >/run/systemd/system/prometheus.service <<'END'
      [Service]
      ExecStart=/bin/sleep infinity
      ExecReload=/bin/sh /run/reload
      END
      systemctl daemon-reload && systemctl start prometheus
      """#, on: node)
  }

  static func refusingPromtool(on node: String) -> Trouble {
    .run(
      "printf '#!/bin/sh\\necho could not parse expression >&2; exit 1\\n' >/usr/local/bin/promtool && "
        + "chmod 755 /usr/local/bin/promtool",
      on: node, cure: "rm /usr/local/bin/promtool")
  }
}
