"""`belay plan` of ever more work on a thousand nodes: what it takes must grow with the plan and no faster."""

import pathlib

from harness import measure

COUNTS = (1250, 2500, 5000, 10000)
NODES = 1000
NODES_OF_A_STEP = 25  # a runbook has at most 500 steps


def write(work, tasks):
    """A workspace with an inventory and a runbook whose acts run `tasks` commands in all."""
    home = pathlib.Path(work) / f"plan-{tasks}"
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
    steps = "".join(step(number) for number in range(tasks // NODES_OF_A_STEP))
    runbook = home / "wide.yaml"
    runbook.write_text(f"runbook: wide\nsummary: Much to do on many nodes.\nsteps:\n{steps}")
    return inventory, runbook


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
    """CPU and memory for each number of commands."""
    results = {}
    for tasks in COUNTS:
        inventory, runbook = write(tools.work, tasks)
        command = [tools.belay, "plan", str(runbook), "-i", str(inventory), "-l", "wide"]
        results[str(tasks)] = measure.interleaved({"belay plan": command}, runs, once)
    return results
