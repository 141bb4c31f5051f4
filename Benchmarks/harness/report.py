"""Figures to Markdown and JSON, and the promises that they are held to."""

import json
import os
import platform
import re
import subprocess

FACTOR_MAX = 2  # belay may cost this many times what the least C program costs
CHECK_MIB_MAX = 100  # what `belay check` of the most runbooks may hold at once
PLAN_MIB_MAX = 500  # what `belay plan` of the most may hold at once
PLAN_GROWTH_MAX = 1.3  # its time per command for the most, as a ratio to that of the plan where it is least
JOURNAL_RECORDS_MIN = 500_000  # how many records one thread encodes and hashes in a second
ACTS = {"250 ms": "An act of 250 ms", "systemctl restart etcd": "To restart a member of a real cluster of etcd"}
ACT_RATIO_MAX = 1.1  # what an act with journal, receipt and lock takes, as a ratio to the command alone
CHECK_GROWTH_MAX = 1.3  # its time per byte for the most runbooks, as a ratio to that for the fewest


def verdicts(results):
    """What was promised and what came out.

    CPU is judged by medians. A start is judged by its least wall time: it does the same thing each time, and
    whatever is above the least are other processes.
    """
    found = []
    fan_out = results["fan_out"].get("50")
    if fan_out:
        found.append(verdict(
            "Client CPU of connecting to 50 nodes and running one command",
            fan_out["belay plan"]["cpu_median"], fan_out["C on libssh"]["cpu_median"]))
    start_up = results["start_up"]
    found.append(verdict(
        "Start-up of `belay version`", start_up["belay version"]["wall_min"],
        start_up["C that links libssh"]["wall_min"]))
    for shape, plan in results["plan"].items():
        found += plan_verdicts(shape, plan)
    return found + check_verdicts(results["check"]) + [
        journal_verdict(results["journal"]), *act_verdicts(results["acts"])]


def act_verdicts(acts):
    """A command is one request to its node, as it is without belay: whatever is kept of it goes with that."""
    commands = max(case["commands"] for case in acts.values() if "commands" in case)
    found = []
    for name, subject in ACTS.items():
        ratio = acts[name]["ratio_min"]
        found.append({
            "sentence": f"{subject} takes, at the least, {ratio:.3f} × what its command takes without journal, receipt and "
                        f"lock, and may take {ACT_RATIO_MAX} ×.", "kept": ratio <= ACT_RATIO_MAX})
    return found + [{
        "sentence": f"Each act asks its node to run {commands:.2f} commands, and may ask it for one.", "kept": commands <= 1}]


def journal_verdict(journal):
    rate = journal["records"] / journal["seconds"]
    return {
        "sentence": f"One thread encodes and hashes {rate:,.0f} records of a journal in a second of its time, and must do "
                    f"{JOURNAL_RECORDS_MIN:,}.", "kept": rate >= JOURNAL_RECORDS_MIN}


def plan_verdicts(shape, plan):
    """Memory is bounded, and time grows with the plan and no faster."""
    most = max(plan, key=int)
    cheapest = min(plan, key=lambda count: per_command(plan, count))
    growth = per_command(plan, most) / per_command(plan, cheapest)
    resident = plan[most]["belay plan"]["resident_mib_max"]
    return [
        {"sentence": f"`belay plan` of {int(most):,} {shape} holds {resident:.0f} MiB, and may hold {PLAN_MIB_MAX}.",
         "kept": resident <= PLAN_MIB_MAX},
        {"sentence": f"Its CPU for each of them is {growth:.2f} × that of {int(cheapest):,}, and may be {PLAN_GROWTH_MAX} ×.",
         "kept": growth <= PLAN_GROWTH_MAX},
    ]


def per_command(plan, count):
    return plan[count]["belay plan"]["cpu_min"] / int(count)


def check_verdicts(check):
    """Memory is bounded, and time grows with the bytes and no faster."""
    fewest, most = (check[count] for count in (min(check, key=int), max(check, key=int)))
    growth = per_byte(most) / per_byte(fewest)
    resident = most["belay check"]["resident_mib_max"]
    return [
        {"sentence": f"`belay check` of {max(check, key=int)} runbooks holds {resident:.0f} MiB, and may hold "
                     f"{CHECK_MIB_MAX}.", "kept": resident <= CHECK_MIB_MAX},
        {"sentence": f"Its CPU per byte is {growth:.2f} × that of {min(check, key=int)} runbooks, and may be "
                     f"{CHECK_GROWTH_MAX} ×.", "kept": growth <= CHECK_GROWTH_MAX},
    ]


def per_byte(case):
    return case["belay check"]["cpu_min"] / case["bytes"]


def verdict(subject, belay, baseline):
    ratio = belay / baseline
    return {
        "sentence": f"{subject} is {ratio:.2f} × the least C program's, and may be {FACTOR_MAX} ×.",
        "kept": ratio <= FACTOR_MAX}


def machine(tools):
    """In general terms: enough to compare two results, nothing about where they were made."""
    versions = [("belay", [tools.belay, "version"]), ("libssh", [tools.startup]), ("OpenSSH", ["ssh", "-V"])]
    versions += [
        (program, [path, "--version"])
        for program, path in (("pyinfra", tools.pyinfra), ("clush", tools.clush), ("ansible", tools.ansible)) if path]
    return {
        "cores": os.cpu_count(), "architecture": platform.machine(), "kernel": platform.release().split("-")[0],
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "Linux"),
        "versions": {name: version(name, command) for name, command in versions},
    }


def version(name, command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    line = (result.stdout.splitlines() or ["unknown"])[0]
    number = re.search(r"\d+(\.\w+)+", line)
    return f"{name} {number.group() if number else line}"


def markdown(results):
    facts = results["machine"]
    lines = [
        "# What belay costs", "",
        "Written by `make bench`: every figure of one invocation, the programs taking turns, after one round that is",
        "not counted. CPU and memory are the client's, with every process that it starts; memory is that of its",
        "largest process. The servers share the machine, so that wall times say more about sshd than about clients.",
        "", f"{facts['system']}, kernel {facts['kernel']}, {facts['architecture']}, {facts['cores']} cores; "
        + "; ".join(facts["versions"].values()) + ".", "", "## Promises", ""]
    for found in results["verdicts"]:
        lines.append(f"- {'kept' if found['kept'] else '**broken**'}: {found['sentence']}")
    for count, table in results["fan_out"].items():
        lines += ["", f"## Connect to {count} nodes and run one command on each", ""]
        lines += fan_out_table(table, "C on libssh")
    lines += [
        "", "`belay plan` does this for a runbook with one read-only step, and loads, plans and prints besides. All tools",
        "have 64 nodes in flight and check host keys. ssh's own key exchange (sntrup761) is one that libssh and pyinfra",
        "lack and that costs most of its time: curve25519 is the like-for-like row. ansible's `raw` copies no module, and",
        "its connections are not kept, since each run would otherwise use those of the one before.",
        "", "## Start-up", ""]
    lines += start_up_table(results["start_up"], "C that links libssh")
    lines += ["", "## Planning", "", "| | wall ms, median (least) | CPU ms | memory MiB |", "|---|---|---|---|"]
    for name, cost in results["planning"].items():
        lines.append(f"| {name} | {milliseconds(cost)} | {cost['cpu_median'] * 1000:.0f} | {cost['resident_mib_max']:.0f} |")
    lines += ["", "Of acts with undos, each on 25 of 1,000 nodes, every second one looked at by a step of its own; and of a loop of ten"]
    lines += ["steps over up to 1,000 nodes, one after the other:"]
    for shape, plan in results["plan"].items():
        lines += plan_table(shape, plan)
    lines += ["", "## Checking", ""]
    lines += check_table(results["check"])
    lines += ["", "## The journal", ""]
    lines += journal_table(results["journal"])
    lines += ["", "## What is kept of an act", ""]
    lines += acts_table(results["acts"])
    if results["missing"]:
        lines += ["", "## Not measured", ""] + [f"- {reason}" for reason in results["missing"]]
    return "\n".join(lines) + "\n"


def fan_out_table(table, yardstick):
    base = table[yardstick]
    yield "| | wall s, median (least) | client CPU s, median (least) | memory MiB | CPU ÷ C | wall ÷ C | runs |"
    yield "|---|---|---|---|---|---|---|"
    for name, cost in table.items():
        yield (
            f"| {name} | {cost['wall_median']:.2f} ({cost['wall_min']:.2f}) "
            f"| {cost['cpu_median']:.3f} ({cost['cpu_min']:.3f}) | {cost['resident_mib_max']:.0f} "
            f"| {cost['cpu_median'] / base['cpu_median']:.1f} | {cost['wall_median'] / base['wall_median']:.1f} "
            f"| {cost['runs']} |")


def plan_table(shape, plan):
    yield ""
    yield f"| {shape} | CPU ms, median (least) | µs for each | memory MiB | runs |"
    yield "|---|---|---|---|---|"
    for count, case in plan.items():
        cost = case["belay plan"]
        yield (
            f"| {int(count):,} | {cost['cpu_median'] * 1000:.0f} ({cost['cpu_min'] * 1000:.0f}) "
            f"| {per_command(plan, count) * 1e6:.0f} | {cost['resident_mib_max']:.0f} | {cost['runs']} |")


def check_table(check):
    yield "Generated runbooks of 40 steps, with their system; libyaml's part is a C program that takes the events of the same"
    yield "files and does nothing with them."
    yield ""
    yield "| runbooks | KiB | libyaml's events, CPU ms | belay check, CPU ms | ÷ libyaml | ns per byte | memory MiB |"
    yield "|---|---|---|---|---|---|---|"
    for count, case in check.items():
        events, belay = case["libyaml's events"], case["belay check"]
        yield (
            f"| {count} | {case['bytes'] / 1024:.0f} | {events['cpu_min'] * 1000:.0f} | {belay['cpu_min'] * 1000:.0f} "
            f"| {belay['cpu_min'] / events['cpu_min']:.1f} | {per_byte(case) * 1e9:.0f} "
            f"| {belay['resident_mib_max']:.0f} |")


def journal_table(journal):
    yield f"{journal['records']:,} records of {journal['bytes']} bytes, encoded, chained and hashed by one thread, with 64 in one"
    yield "write and no disk; and libcrypto's SHA-256 of the same bytes alone."
    yield ""
    yield "| | ns for each, of the thread's CPU | ÷ hashing |"
    yield "|---|---|---|"
    for name, seconds in (("hashing alone", journal["hashing_seconds"]), ("encoding and hashing", journal["seconds"])):
        yield f"| {name} | {seconds / journal['records'] * 1e9:.0f} | {seconds / journal['hashing_seconds']:.2f} |"


def acts_table(acts):
    yield "Acts one after the other on one node by `belay run`, each with its intent and outcome in the journal, synced, and under a"
    yield "receipt and the cluster's token on the node; beside the C program on libssh, which runs the same commands over one"
    yield "connection and keeps nothing. What a run costs once is taken off; medians of turns that are compared in pairs. The last"
    yield "are asked of a member of a lab's cluster of etcd. An act pays the same milliseconds however long it takes itself."
    yield ""
    yield "| act | alone, ms | by belay, ms | added, ms (least) | ÷ alone (least) | commands sent for each | acts × turns |"
    yield "|---|---|---|---|---|---|---|"
    for name, case in acts.items():
        commands = f"{case['commands']:.2f}" if "commands" in case else ""
        yield (
            f"| {name} | {case['plain'] * 1000:.1f} | {case['kept'] * 1000:.1f} "
            f"| {case['added'] * 1000:.1f} ({case['added_min'] * 1000:.1f}) | {case['ratio']:.3f} ({case['ratio_min']:.3f}) "
            f"| {commands} | {case['acts']} × {case['runs']} |")


def start_up_table(table, yardstick):
    base = table[yardstick]
    yield "| | wall ms, median (least) | CPU ms | memory MiB | least wall ÷ C | runs |"
    yield "|---|---|---|---|---|---|"
    for name, cost in table.items():
        yield (
            f"| {name} | {milliseconds(cost)} | {cost['cpu_median'] * 1000:.1f} | {cost['resident_mib_max']:.0f} "
            f"| {cost['wall_min'] / base['wall_min']:.1f} | {cost['runs']} |")


def milliseconds(cost):
    return f"{cost['wall_median'] * 1000:.1f} ({cost['wall_min'] * 1000:.1f})"


def write(results, markdown_path, json_path):
    markdown_path.write_text(markdown(results))
    json_path.write_text(json.dumps(results, indent=1) + "\n")
