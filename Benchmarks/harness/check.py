"""`belay check` on hundreds of generated runbooks, beside libyaml's own events of the same bytes."""

import pathlib
import shutil

from harness import measure

COUNTS = (125, 250, 500)
STEPS = 40

SYSTEM = """\
system: made
summary: A system that exists only here.
node: { port: 2379, url: "http://${address}:${port}", data_dir: /var/lib/made }
observe:
  ask: { status: { run: "status --at=${here.url}", parse: json } }
  view: '{cluster: .status.id, self: .status.self, leader: .status.leader, members: .status.members}'
  identify: $member.name == $node.name
"""

# Ten steps of every kind, with what people write into them: blocks, references of every quoting, queries, undos.
TEN_STEPS = """\
  look{n}:
    diagnose: The node answers, part {n}
    at: ${{node}}
    run: |
      test -d ${{node.data_dir}} || {{ echo "no data in ${{node.data_dir}}" >&2; exit 1; }}
      # Counted here, so that the next steps can tell how much there was.
      find ${{node.data_dir}} -maxdepth {n} -type f | wc -l
    out: {{ files: tonumber }}
  peers{n}:
    diagnose: Every member can be reached from it
    at: ${{node}}
    each: {{ peer: members }}
    run: nc -z -w 3 ${{peer.address}} ${{peer.port}}
  read{n}:
    diagnose: What the leader says
    at: leader
    run: status --at="${{leader.url}}" --of ${{node.name}}
    parse: json
    expect: (.members | length) > 2 and ([.members[] | select(.healthy | not)] | length) == 0
    out: {{ version: .version, names: "[.members[].name] | sort | join(\\",\\")" }}
  write{n}:
    act: Put its configuration there
    at: ${{node}}
    file:
      path: /etc/made/part-{n}.conf
      mode: "0640"
      content: |
        name = ${{node.name}}
        url = ${{node.url}}
        files = ${{steps.look{n}.files}}
        version = ${{steps.read{n}.version}}
  change{n}:
    act: Change it
    at: leader
    run: set --at=${{leader.url}} part-{n} "files of ${{node.name}}, ${{steps.look{n}.files}}" '$${{not.a.reference}}'
    timeout: 30s
    rollback:
      run: unset --at=${{leader.url}} part-{n}
  hold{n}:
    verify: It holds
    at: members - ${{node}}
    run: status --at=${{here.url}}
    parse: {{ lines: '^(?<name>\\w+) +(?<state>up|down) +(?<index>\\d+)$' }}
    expect: all(.[]; .state == "up") and (map(.index | tonumber) | max - min) < 10
    within: ${{patience}}
    every: 500ms
    steady: 3
  when{n}:
    act: Only where it is asked for
    when: $inputs.mode == "thorough" and ($before.members | length) > {n}
    at: ${{node}}
    run: compact --part {n} --at=${{node.url}} >"/var/log/made-$(date +%s).log" 2>&1
    rollback: none
    because: compaction cannot be undone
  table{n}:
    verify: The table lists it
    at: leader
    run: list --at=${{leader.url}} | sort
    parse: table
    expect: any(.[]; .NAME == $node.name and .STATE != null)
    needs: [change{n}, hold{n}]
  count{n}:
    verify: As many files as before
    at: ${{node}}
    run: find ${{node.data_dir}} -maxdepth {n} -type f | wc -l
    parse: json
    expect: . >= $steps.look{n}.files
  whole{n}:
    verify: The cluster is healthy
    expect: '$cluster.healthy and ($cluster.voters | length) == ($before.voters | length)'
    within: 1m
"""


def write(work, count):
    """A workspace of `count` runbooks; the paths of all its YAML files."""
    home = pathlib.Path(work) / f"check-{count}"
    shutil.rmtree(home, ignore_errors=True)
    folder = home / "runbooks" / "made"
    folder.mkdir(parents=True)
    (folder / "system.yaml").write_text(SYSTEM)
    for number in range(count):
        steps = "".join(TEN_STEPS.format(n=part) for part in range(1, STEPS // 10 + 1))
        (folder / f"book-{number}.yaml").write_text(
            f"runbook: made/book-{number}\nsummary: The runbook of number {number}.\ninputs:\n"
            "  node: { type: node, state: member, help: the node it is about }\n"
            "  patience: { type: duration, default: 2m }\n"
            "  mode: { type: choice, choices: [quick, thorough], default: quick }\n"
            f"steps:\n{steps}")
    return folder, sorted(str(path) for path in folder.iterdir())


def run(tools, runs, once):
    """CPU and memory of both programs for each number of runbooks, and how many bytes those are."""
    results = {}
    for count in COUNTS:
        folder, files = write(tools.work, count)
        cases = {
            "libyaml's events": [tools.events, *files],
            "belay check": [tools.belay, "check", str(folder.parent)],
        }
        results[str(count)] = measure.interleaved(cases, runs, once)
        results[str(count)]["bytes"] = sum(pathlib.Path(path).stat().st_size for path in files)
    return results
