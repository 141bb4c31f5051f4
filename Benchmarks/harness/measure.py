"""Runs programs and says what they cost."""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass


class Failed(Exception):
    """A program did not do what it was measured for: its figures would mean nothing."""


@dataclass
class Cost:
    """What one run of a program took, with every process that it started."""

    wall: float
    cpu: float
    resident_mib: float


def run(measure, command, environment, expected=0):
    """Runs a command once. `measure` is the program built from measure.c."""
    reader, writer = os.pipe()

    def pass_result_descriptor():
        os.dup2(writer, 3)

    with subprocess.Popen(
        [measure, *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, close_fds=False, preexec_fn=pass_result_descriptor,
    ) as process:
        os.close(writer)
        output, _ = process.communicate()
    with os.fdopen(reader) as result:
        fields = result.read().split()
    if len(fields) != 4 or int(fields[3]) != expected:
        text = output.decode(errors="replace")[-2000:]
        raise Failed(f"{' '.join(command)}\nended with {fields[3] if fields else 'no result'}:\n{text}")
    return Cost(float(fields[0]), float(fields[1]), int(fields[2]) / 1024)


def interleaved(cases, runs, once):
    """Every case in turn, `runs` times over, so that a busy moment of the machine hits all of them alike.

    `cases` maps names to commands; `once` runs a command. The first round warms caches and is not counted.
    """
    costs = {name: [] for name in cases}
    for round_number in range(runs + 1):
        for name, command in cases.items():
            cost = once(command)
            if round_number > 0:
                costs[name].append(cost)
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: summary(list_of_costs) for name, list_of_costs in costs.items()}


def summary(costs):
    walls = [cost.wall for cost in costs]
    cpus = [cost.cpu for cost in costs]
    return {
        "runs": len(costs),
        "wall_median": statistics.median(walls),
        "wall_min": min(walls),
        "cpu_median": statistics.median(cpus),
        "cpu_min": min(cpus),
        "resident_mib_max": max(cost.resident_mib for cost in costs),
    }
