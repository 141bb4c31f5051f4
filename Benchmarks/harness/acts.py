"""What journal, receipts and lock add to an act: `belay run` of acts one after the other, beside the least C program that runs
the same commands over one connection and keeps no record.

Both are run with many acts and with one, so that what a run costs once (start, connection, plan, lock, end) falls out: the
difference, divided by the acts, is what each act takes. The programs take turns and the figures are paired by turns. Then the
same of what a member of a real cluster is asked to do, in a lab.
"""

import pathlib
import re
import statistics

from harness import measure

# A command and how many acts. The first does nothing, so that it shows what is added by itself.
CASES = {"nothing": ("true", 30), "50 ms": ("sleep 0.05", 30), "250 ms": ("sleep 0.25", 24), "1 s": ("sleep 1", 6)}
# systemd counts restarts, and would refuse the sixth in ten seconds.
LAB_CASES = {
    "systemctl restart etcd": ("systemctl reset-failed etcd; systemctl restart etcd", 12),
    "etcdctl defrag": ("etcdctl defrag", 30),
}
LOGGED = "Starting session: command"  # sshd's words for each command that it is asked to run


def run(tools, farm, lab, runs, once):
    found = {}
    for name, (command, count) in CASES.items():
        many, one = programs(tools, farm, command, count), programs(tools, farm, command, 1)
        found[name] = compare(many, one, count, runs, once) | {
            "commands": commands_for_each(many["belay run"], one["belay run"], count, farm, once)}
    for name, (command, count) in LAB_CASES.items():
        many, one = programs(tools, lab, command, count), programs(tools, lab, command, 1)
        found[name] = compare(many, one, count, runs, once)
    return found


def compare(many, one, count, runs, once):
    taken = {program: [] for program in many}
    for turn in range(runs + 1):
        for program in many if turn % 2 else reversed(many):
            seconds = (once(many[program]).wall - once(one[program]).wall) / (count - 1)
            if turn > 0:  # the first warms caches
                taken[program].append(seconds)
    plain, kept = taken["C on libssh"], taken["belay run"]
    added = [a - b for a, b in zip(kept, plain)]
    return {
        "acts": count, "runs": runs,
        "plain": statistics.median(plain), "kept": statistics.median(kept),
        "added": statistics.median(added), "added_min": min(added),
        "ratio": statistics.median(a / b for a, b in zip(kept, plain)),
        # A node starts programs for each act, and they are what a busy machine slows down: the least tells what is belay's.
        "ratio_min": min(kept) / min(plain),
    }


def programs(tools, nodes, command, count):
    return {
        "C on libssh": [
            tools.baseline, "-h", nodes.hosts(1), "-p", str(nodes.port), "-u", nodes.user, "-i", nodes.key, "-k",
            nodes.known_hosts, "-n", str(count), command],
        "belay run": [
            tools.belay, "run", runbook(nodes, command, count), "-i", nodes.inventory(1), "--limit", "farm", "--yes"],
    }


def runbook(nodes, command, count):
    steps = "".join(
        f"  s{number}: {{ act: Act {number}, at: n1, run: {command}, rollback: none, because: nothing is left }}\n"
        for number in range(count))
    return nodes.write(
        f"acts-{count}-{re.sub('[^a-z0-9]+', '-', command)}.yaml", f"runbook: acts\nsummary: Acts.\nsteps:\n{steps}")


def commands_for_each(many, one, count, farm, once):
    """How often a node is asked to run something for each act, by the log of its sshd."""
    return (logged(many, farm, once) - logged(one, farm, once)) / (count - 1)


def logged(command, farm, once):
    before = sessions(farm)
    once(command)
    return sessions(farm) - before


def sessions(farm):
    return sum(log.read_text().count(LOGGED) for log in pathlib.Path(farm.directory).glob("sshd*.log"))

