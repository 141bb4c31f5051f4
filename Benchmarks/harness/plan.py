"""`belay plan` of ever more work on a thousand nodes: what it takes must grow with the plan and no faster."""

import pathlib

from harness import measure

COUNTS = (1250, 2500, 5000, 10000)
NODES = 1000
NODES_OF_A_STEP = 25  # a runbook has at most 500 steps
STEPS_OF_A_LOOP = 10


def write(work, steps):
    """An inventory of a thousand nodes, and a runbook with these steps."""
    home = pathlib.Path(work) / "plan"
    home.mkdir(parents=True, exist_ok=True)
    groups = "".join(
        f"      g{number}: [\"n-[{number * NODES_OF_A_STEP + 1}-{(number + 1) * NODES_OF_A_STEP}]\"]\n"
        for number in range(NODES // NODES_OF_A_STEP))
    nodes = "".join(
        f"      n-{number}: {{ address: 10.{number // 250}.{number % 250}.1, state: member, vars: {{ zone: z{number % 3} }} }}\n"
        for number in range(1, NODES + 1))
    inventory = home / "inventory.yaml"
    inventory.write_text(
        f"vars: {{ port: 2379 }}\nclusters:\n  wide:\n    system: made\n    groups:\n{groups}    nodes:\n{nodes}")
    runbook = home / "wide.yaml"
    runbook.write_text(f"runbook: wide\nsummary: Much to do on many nodes.\nsteps:\n{steps}")
    return inventory, runbook


def wide(tasks):
    """Steps that run `tasks` commands in all, many of them at once."""
    return "".join(step(number) for number in range(tasks // NODES_OF_A_STEP))


def loop(steps):
    """A loop that is `steps` steps when it is written out: one node after the other."""
    text = f'  all:\n    for: {{ node: "n-[1-{steps // STEPS_OF_A_LOOP}]" }}\n    serial: 50\n    steps:\n'
    for number in range(STEPS_OF_A_LOOP):
        text += f"      s{number}:\n        at: ${{node}}\n"
        if number % 3 == 2:
            text += f"        verify: Part {number}\n        run: holds --at=${{here.address}}:${{here.port}} part-{number}\n"
        else:
            text += (
                f"        act: Step {number}\n        run: set --at=${{node.address}} part-{number} --zone ${{here.zone}}\n"
                f"        rollback: {{ run: \"unset --at=${{node.address}} part-{number}\" }}\n")
    return text


SHAPES = {"commands": wide, "steps of a loop": loop}


def step(number):
    """Acts, and after every second one a look."""
    group = f"g{number % (NODES // NODES_OF_A_STEP)}"
    if number % 3 == 2:
        return (
            f"  s{number}:\n    verify: Part {number - 1} is there\n    at: {group}\n    within: 1m\n    expect: . == \"yes\"\n"
            f"    run: holds --at=${{here.address}}:${{here.port}} part-{number - 1}\n")
    return (
        f"  s{number}:\n    act: Step {number}\n    at: {group}\n"
        f"    run: set --at=${{here.address}}:${{here.port}} \"part {number} of ${{here.name}}\" --zone ${{here.zone}}\n"
        f"    rollback: {{ run: \"unset --at=${{here.address}} part-{number}\" }}\n")


def run(tools, runs, once):
    """CPU and memory for each shape and size of a runbook."""
    results = {}
    for shape, steps in SHAPES.items():
        results[shape] = {}
        for count in COUNTS:
            inventory, runbook = write(tools.work, steps(count))
            command = [tools.belay, "plan", str(runbook), "-i", str(inventory), "-l", "wide"]
            results[shape][str(count)] = measure.interleaved({"belay plan": command}, runs, once)
    return results
