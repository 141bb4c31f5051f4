import Model

/// Files as people leave them, each accepted by its own parser.
let sampleTexts: [SettingsFormat: [String]] = [
  .toml: [
    "# top\n\ntitle = \"x\" # why\n\n[a] # table\nb = 1\n  c = 'lit'\n\n# about d\n[a.d]\ne = [1, 2, # two\n  3]\nf = 1979-05-27 07:32:00\n\n[[list]]\nx = 1\n[list.sub]\ny = 2\n[[list]]\nx = 3\n",
    "a.b.c = 1\na.b.d = 2\na.e = { x = 1, y = { z = \"q\" } }\n\"quoted key\" = '''\nlong\n; no comment\n'''\ninf = -inf\nhex = 0xff\n[server]\n[server.tls]\non = true",
    "\r\nx = 1\r\n[t]\r\ny = \"\"\"\r\nmore\"\"\"\"\"\r\nz = [ [1, 2], [\"a\"] ]\r\n",
    "", "# only a comment", "[a.b.c]\n[a]\nx = 1\n[empty]\n",
  ],
  .json: [
    "{}", "{ }\n", "{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}],\"e\":{}}}",
    "{\n  \"z\": \"\\u00e9\\n\",\n  \"a\": {\n    \"b\": true,\n    \"c\": [\n      1\n    ]\n  },\n  \"e\": {}\n}\n",
    "{\n\t\"a\" : -1.5e3,\n\t\"b\" : { \"x\" : \"}\" }\n}\n",
    "[1]".replacing("[1]", with: "\n{\"a b\": {\"\": 1}}\n"),
  ],
  .yaml: [
    "# top\nname: n1 # why\nserver:\n  host: \"a\\tb\"\n  port: 80\n  tls:\n      enabled: yes\n      files: [a, 'b c', {x: 1}]\n# between\nlist:\n- a\n- b: 1\n  c: 2\n-\n  - nested\nempty:\ntext: |\n  line: 1\n   # kept\n\n  end\nlast: 'it''s'\n",
    "---\na: 1\nb: one\n  two\n  three\nc: >-\n  folded\n  text\nd: {x: 1, y: {z: \"q\"}, w}\ne: [\n  1, # one\n  2\n]\n'quoted key': \"multi\n  line\"\n# the end\n",
    "{\"json\": {\"in\": [1, 2], \"y\": \"z\"},\n \"k\": null}\n", "", "# nothing\n",
    "a:\n- 1\n- 2\nb:\n    c:\n        - x: 1\n          y: 2\n        -  deep: {}\n    d: http://a:80/#x\n    e: ~\n",
    "a: &anchor\n  x: 1\nb: *anchor\nc: !!str 12\nd: |+\n  kept\n\n\ne: 2020-01-01\n? \u{22}f\u{22}\n"
      .replacing("? \"f\"\n", with: "f: - not a list\n".replacing("- ", with: "-")),
    "a: 1\r\nb:\r\n  c: x\r\n  d: \"y\"\r\n",
  ],
  .ini: [
    "# top\n[a]\nx=1\ny = two words ; kept\nlong = one\n  two\n  # comment inside\n  three\n\n[b]\nq: 1\n; end\n",
    "[git]\n\tname = x\n\tmail = y\n[empty]\n[other]\nflag\nz=\n", "[s.t]\na=b=c\n\n\n",
  ],
  .env: [
    "# top\nA=1\nexport B=\"two words\"\nC='single $x'\nD=\nE=\"it\\\"s \\$5\"\n\nF=a/b:c,d\n", "",
    "A='multi\nline'\nB=x\"y\"'z'\n", "#only\n",
  ],
]
