import Hashing

/// The look of a page, in the page: light or dark as its reader has it, from a telephone to a wide screen.
enum HTMLStyle {
  /// Says that this style and nothing else may take effect: no script, no image, no request.
  static var policy: String {
    "default-src 'none'; style-src 'sha256-\(base64(sha256(text)))'; base-uri 'none'; form-action 'none'"
  }

  static let text = """
    :root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f9;--ink:#1c2128;--soft:#5b6573;--line:#d5dae1;
    --act:#9a4b00;--act-ground:#fff4e5;--check:#1d5fa8;--bad:#b3261e;--bad-ground:#fdecea;--warn:#8a5a00;
    --good:#1a7f37;--added:#e7f6ea;--removed:#fdeceb}
    @media (prefers-color-scheme:dark){:root{--ground:#12161c;--panel:#1a2028;--ink:#e3e8ee;--soft:#9aa6b4;
    --line:#323b47;--act:#f0a860;--act-ground:#2b2117;--check:#7ab4f5;--bad:#ff8a80;--bad-ground:#331a1a;
    --warn:#e9b44c;--good:#6fd08c;--added:#14301f;--removed:#3a1c1e}}
    *{box-sizing:border-box}
    html{scroll-behavior:smooth}
    body{margin:0 auto;padding:24px 16px 64px;max-width:1320px;background:var(--ground);color:var(--ink);
    font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
    code,pre,.mono{font:13px/1.5 ui-monospace,"SF Mono",Consolas,"DejaVu Sans Mono",monospace}
    h1{font-size:24px;line-height:1.25;margin:0 0 4px}
    h2{font-size:18px;margin:40px 0 12px}
    h3{font-size:15px;margin:0;font-weight:600}
    p{margin:4px 0}
    a{color:inherit}
    .soft,.dim{color:var(--soft)} .strong{font-weight:600} .quiet{color:var(--check)}
    .bad{color:var(--bad)} .warn{color:var(--warn)} .good{color:var(--good)}
    .facts{display:grid;grid-template-columns:minmax(64px,max-content) minmax(0,1fr);gap:2px 12px;margin:8px 0 0}
    .facts dt{color:var(--soft)} .facts dd{margin:0}
    .verdict{margin:16px 0 0;padding:10px 14px;border:1px solid var(--line);border-left:4px solid var(--good);
    border-radius:6px;background:var(--panel)}
    .verdict.stop{border-left-color:var(--bad);background:var(--bad-ground)}
    .note{margin:8px 0 0;padding:8px 14px;border-left:4px solid var(--warn);border-radius:6px;background:var(--panel)}
    .note.refused,.note.danger{border-left-color:var(--bad);background:var(--bad-ground)}
    .map{overflow-x:auto;margin:0 0 8px}
    .map svg{display:block} .beside>.map svg{max-width:100%;height:auto}
    .step{border:1px solid var(--line);border-left:4px solid var(--check);border-radius:6px;padding:10px 14px;
    margin:0 0 12px;background:var(--panel);scroll-margin-top:12px}
    .step.act{border-left-color:var(--act)} .step.noreturn,.step.refused{border-left-color:var(--bad)}
    .step.skipped{border-style:dashed;background:none;color:var(--soft)}
    .step:target{outline:2px solid var(--check)}
    .role{display:inline-block;padding:0 8px;border-radius:10px;border:1px solid currentColor;font-size:12px;
    line-height:18px;color:var(--check);vertical-align:1px}
    .act>h3 .role{color:var(--act)} .skipped>h3 .role{color:var(--soft)}
    .at{color:var(--check);margin:8px 0 2px}
    pre{margin:2px 0 6px;padding:8px 10px;border:1px solid var(--line);border-radius:6px;background:var(--ground);
    white-space:pre-wrap;overflow-wrap:anywhere}
    pre .line{display:block;min-height:1.5em} pre.diff .line{padding-left:2ch}
    pre .sign{float:left;margin-left:-2ch;width:2ch;font-weight:inherit} pre .added{background:var(--added)}
    pre .removed{background:var(--removed)} pre .gap{color:var(--soft)}
    table{border-collapse:collapse;width:100%} td,th{text-align:left;vertical-align:top;padding:5px 12px 5px 0;
    border-bottom:1px solid var(--line)} th{color:var(--soft);font-weight:500}
    td:first-child,th:first-child{width:22%}
    @media (max-width:600px){table,tbody,tr,td{display:block} th{display:none} td{border:0;padding:0}
    td:first-child{width:auto} tr{border-bottom:1px solid var(--line);padding:6px 0}}
    details{border:1px solid var(--line);border-radius:6px;margin:0 0 8px;background:var(--panel)}
    summary{padding:8px 14px;cursor:pointer} details>div{padding:0 14px 10px}
    ol{margin:0;padding-left:22px} li{margin:6px 0}
    .box{fill:var(--panel);stroke:var(--check);stroke-width:1.5} .act .box{stroke:var(--act);fill:var(--act-ground)}
    .noreturn .box,.refused .box{stroke:var(--bad);fill:var(--bad-ground);stroke-width:2}
    .skipped .box{stroke:var(--line);stroke-dasharray:4 3;fill:none} .skipped .name,.skipped .kind{fill:var(--soft)}
    .name{fill:var(--ink);font:600 13px ui-monospace,"SF Mono",Consolas,"DejaVu Sans Mono",monospace}
    .kind{fill:var(--soft);font:11px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
    .edge{fill:none;stroke:var(--soft);stroke-width:1.3} .head{fill:var(--soft)}
    @media (min-width:1000px){.beside{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:0 28px}
    .beside>.map{position:sticky;top:12px;align-self:start;max-height:calc(100vh - 24px);overflow:auto;
    max-width:440px}}
    @media print{details>div{display:block} .map{overflow:visible}}
    """
}

/// As a content security policy writes a digest.
private func base64(_ digest: SHA256Digest) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var result = ""
  var (bits, count) = (0, 0)
  for digit in digest.hex.compactMap(\.hexDigitValue) {
    bits = bits << 4 | digit
    count += 4
    guard count >= 6 else { continue }
    count -= 6
    result.append(alphabet[bits >> count & 63])
    bits &= (1 << count) - 1
  }
  if count > 0 { result.append(alphabet[bits << (6 - count) & 63]) }
  return result + String(repeating: "=", count: (4 - result.count % 4) % 4)
}
