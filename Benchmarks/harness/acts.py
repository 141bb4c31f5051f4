"""What journal, receipts and lock add to an act: `belay run` of acts one after the other, beside the least C program that runs
the same commands over one connection and keeps no record.

Both are run with many acts and with one, so that what a run costs once (start, connection, plan, lock, end) falls out: the
difference, divided by the acts, is what each act takes. The programs take turns and the figures are paired by turns.
"""

import pathlib
import statistics

from harness import measure

# A command and how many acts. The first does nothing, so that it shows what is added by itself.
CASES = {"nothing": ("true", 30), "50 ms": ("sleep 0.05", 30), "250 ms": ("sleep 0.25", 24), "1 s": ("sleep 1", 6)}
LOGGED = "Starting session: command"  # sshd's words for each command that it is asked to run


def run(tools, farm, runs, once):
    found = {}
    for name, (command, count) in CASES.items():
        many, one = programs(tools, farm, command, count), programs(tools, farm, command, 1)
        taken = {program: [] for program in many}
        for turn in range(runs + 1):
            for program in many if turn % 2 else reversed(many):
                seconds = (once(many[program]).wall - once(one[program]).wall) / (count - 1)
                if turn > 0:  # the first warms caches
                    taken[program].append(seconds)
        plain, kept = taken["C on libssh"], taken["belay run"]
        added = [a - b for a, b in zip(kept, plain)]
        found[name] = {
            "acts": count, "runs": runs, "commands": commands_for_each(many, one, count, farm, once),
            "plain": statistics.median(plain), "kept": statistics.median(kept),
            "added": statistics.median(added), "added_min": min(added),
            "ratio": statistics.median(a / b for a, b in zip(kept, plain)),
            # A node starts programs for each act, and they are what a busy machine slows down: the least tells what is belay's.
            "ratio_min": min(kept) / min(plain),
        }
    return found


def programs(tools, farm, command, count):
    return {
        "C on libssh": [
            tools.baseline, "-h", farm.hosts(1), "-p", str(farm.port), "-u", farm.user, "-i", farm.key, "-k",
            farm.known_hosts, "-n", str(count), command],
        "belay run": [
            tools.belay, "run", runbook(farm, command, count), "-i", farm.inventory(1), "--limit", "farm", "--yes"],
    }


def runbook(farm, command, count):
    steps = "".join(
        f"  s{number}: {{ act: Act {number}, at: n1, run: {command}, rollback: none, because: nothing is left }}\n"
        for number in range(count))
    return farm.write(
        f"acts-{count}-{command.replace(' ', '-')}.yaml", f"runbook: acts\nsummary: Acts.\nsteps:\n{steps}")


def commands_for_each(many, one, count, farm, once):
    """How often a node is asked to run something for each act, by the log of its sshd."""
    return {
        program: (logged(many[program], farm, once) - logged(one[program], farm, once)) / (count - 1)
        for program in many}


def logged(command, farm, once):
    before = sessions(farm)
    once(command)
    return sessions(farm) - before


def sessions(farm):
    return sum(log.read_text().count(LOGGED) for log in pathlib.Path(farm.directory).glob("sshd*.log"))

