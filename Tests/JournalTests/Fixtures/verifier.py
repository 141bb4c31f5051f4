"""A verifier of journals, written from docs/journal-format.md alone and sharing nothing with belay.

usage: verifier.py DIRECTORY [HEAD]
Prints one line for each file of the directory, in the order of their names: NAME sound RECORDS HEAD, or NAME LINE CHECK
with the line (0: the journal as a whole) and the check that found the first thing wrong.
"""

import datetime
import hashlib
import json
import os
import re
import sys

LINE_LIMIT = 16_777_216
LEVEL_LIMIT = 320
TAIL_LIMIT = 4096
END = re.compile(rb',"hash":"([0-9a-f]{64})"}\Z')
# The data are whatever stands between the two members that enclose them.
RECORD = re.compile(
    rb'\{"seq":(0|[1-9][0-9]*),"time":"(.{24})","mono_ns":(0|[1-9][0-9]*),"kind":"([a-z0-9-]{1,64})","data":(.*)'
    rb',"prev":"([0-9a-f]{64})"\Z',
    re.DOTALL,
)
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.[0-9]{3}Z")


class Wrong(Exception):
    pass


def require(holds, check):
    if not holds:
        raise Wrong(check)


def is_moment(text):
    match = TIME.fullmatch(text)
    if not match:
        return False
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        # The calendar repeats after 400 years, and Python knows no year 0.
        datetime.date(year or 400, month, day)
    except ValueError:
        return False
    return hour < 24 and minute < 60 and second < 60


def levels(value):
    deepest, todo = 0, [(value, 1)]
    while todo:
        item, level = todo.pop()
        deepest = max(deepest, level)
        if isinstance(item, dict):
            todo += [(child, level + 1) for child in item.values()]
        elif isinstance(item, list):
            todo += [(child, level + 1) for child in item]
    return deepest


def no_number(text):
    raise ValueError(text)


def parse_data(raw):
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=no_number, parse_int=float)
    except (ValueError, RecursionError):
        raise Wrong("form")
    require(levels(value) <= LEVEL_LIMIT, "form")
    return value


def parse(line):
    require(len(line) + 1 <= LINE_LIMIT, "form")
    end = END.search(line)
    require(end, "form")
    hashed = line[: end.start()]
    digest = end.group(1).decode()
    require(hashlib.sha256(hashed).hexdigest() == digest, "hash")
    match = RECORD.fullmatch(hashed)
    require(match, "form")
    seq, time, mono, kind, data, prev = match.groups()
    require(int(seq) < 2**63 and int(mono) < 2**64, "form")
    require(is_moment(time.decode("latin-1")), "form")
    return int(seq), prev.decode(), digest, kind, parse_data(data)


def holds_lost_sectors(line, start):
    first = line.find(b"\0")
    if first < 0:
        return False
    after = first
    while after < len(line) and line[after] == 0:
        after += 1
    return (first == 0 or (start + first) % 512 == 0) and (start + after) % 512 == 0


def is_torn_tail(lines, start):
    """Whether the first of the lines, which is no record, holds lost sectors, and all that follow are intents or such lines."""
    for number, line in enumerate(lines):
        try:
            if number == 0 or parse(line)[3] != b"intended":
                raise Wrong("form")
        except Wrong:
            if len(line) >= LINE_LIMIT or not holds_lost_sectors(line, start):
                return False
        start += len(line) + 1
    return len(lines) <= TAIL_LIMIT


def verify(journal, head):
    *lines, rest = journal.split(b"\n")
    torn = bool(rest)
    expected, count, last, hashes = (0, "0" * 64), 0, None, {}
    start = 0
    for number, line in enumerate(lines, 1):
        try:
            seq, prev, digest, _, data = parse(line)
        except Wrong as wrong:
            if is_torn_tail(lines[number - 1 :], start):
                torn = True
                break
            return f"{number} {wrong}"
        if seq != expected[0]:
            return f"{number} sequence"
        if prev != expected[1]:
            return f"{number} chain"
        if number == 1:
            version = data.get("format") if isinstance(data, dict) else None
            if not isinstance(version, float) or version != 1:
                return "1 format"
        expected, count, last = (seq + 1, digest), count + 1, f"{seq}:{digest}"
        hashes[seq] = digest
        start += len(line) + 1
    if torn:
        return "0 torn-tail"
    if count == 0:
        return "0 form"
    if head and hashes.get(int(head.split(":")[0])) != head.split(":")[1]:
        return "0 head"
    return f"sound {count} {last}"


def main():
    directory = sys.argv[1]
    head = sys.argv[2] if len(sys.argv) > 2 else None
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), "rb") as file:
            print(name, verify(file.read(), head))


main()
