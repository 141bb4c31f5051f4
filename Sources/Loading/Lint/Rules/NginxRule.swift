import Model

extension LintRule {
  static let nginxConfig = LintRule(
    "nginx-config", "A configuration that a plain nginx does not load.",
    explanation: """
      `listen … ssl` needs an `ssl_certificate`, and active health checks (`check interval=…` in an `upstream`) need a \
      module that nginx does not come with: the reload fails, or worse, the next restart. Name the certificate, use \
      `max_fails` and `fail_timeout`, and run `nginx -t` before the reload.
      """,
    help: "name ssl_certificate and ssl_certificate_key; use max_fails and fail_timeout instead of check",
    fires: .steps(
      """
      balancer:
        act: Write the load balancer's configuration
        at: ${node}
        file:
          path: /etc/nginx/conf.d/cluster.conf
          content: |
            server {
              listen 443 ssl;
              location / { proxy_pass http://cluster; }
            }
      """),
    passes: .steps(
      """
      balancer:
        act: Write the load balancer's configuration
        at: ${node}
        file:
          path: /etc/nginx/conf.d/cluster.conf
          content: |
            server {
              listen 443 ssl;
              ssl_certificate /etc/nginx/cluster.crt;
              ssl_certificate_key /etc/nginx/cluster.key;
              location / { proxy_pass http://cluster; }
            }
      """),
    check: .runbook(findNginxConfig))
}

private func findNginxConfig(_ runbook: LintRunbook) -> [LintFinding] {
  runbook.steps.flatMap { step -> [LintFinding] in
    guard case .file(let file) = step.body, file.path.text.contains("nginx") else { return [] }
    let text = file.content.text
    // What an included file says is not known here.
    let hasCertificate = text.contains("ssl_certificate") || text.contains("include ")
    var offset = 0
    return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> LintFinding? in
      let start = offset
      offset += line.utf8.count + 1
      let words = line.split { " \t;".contains($0) }
      let indent = line.prefix { $0 == " " || $0 == "\t" }.utf8.count
      guard let directive = words.first else { return nil }
      let range = start + indent..<start + indent + directive.utf8.count
      if directive == "listen", words.contains("ssl"), !hasCertificate {
        return finding("no certificate is named for this port", range, in: file)
      }
      if directive == "check", words.dropFirst().first?.hasPrefix("interval=") == true {
        return finding("nginx has no such directive of its own", range, in: file)
      }
      return nil
    }
  }
}

/// Within the runbook: an allowance stands beside the step, not in the template.
private func finding(_ message: String, _ range: Range<Int>, in file: FileAct) -> LintFinding {
  guard let template = file.template else { return LintFinding(message, at: range, of: file.content) }
  return LintFinding("\(message), in \(template)", at: file.path.location)
}
