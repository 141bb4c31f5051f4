#!/usr/bin/python3 -ES
"""Plays InferaDB Ledger on the machines of a lab: the server, `grpcurl`, `kubectl` and `helm`. See README.md beside it.

Two profiles. `documented` is what the scaling document assumes: any member takes a request, fields are called as in the
protocol file and none is left out, a node that joins learns first, metrics are on, leadership can be handed over, and
`--single` forces a new cluster. `actual` is what the server does: camelCase, 64-bit numbers as texts, defaults left
out, a follower that answers OK and "Not the leader", votes at once, metrics only where asked for, no reflection, no
TransferLeadership, and a `--single` that resumes whatever it finds.

Who is a member, who leads and how long the log is stands in one file for all nodes. What a node may know of it depends
on whom it can reach: each pings the others, and one that cannot reach the leader answers from what it knew last.
"""
import fcntl
import json
import os
import re
import signal
import socket
import sys
import threading
import time

SHARED = os.environ.get("STANDIN_SHARED", "/srv/standin")
PLACE = "/etc/standin.json"
SETTINGS = "/etc/default/ledger"
DATA = "/var/lib/ledger"
PEERS = "/etc/default/ledger-peers.json"
PROTOSET = "/etc/ledger/ledger.protoset"
UNIT = "ledger.service"
RPC, METRICS, AGENT = 50051, 9090, 10250
ADMIN, HEALTH = "ledger.v1.AdminService", "ledger.v1.HealthService"
METHODS = {
    f"{ADMIN}/GetClusterInfo": (), f"{ADMIN}/GetNodeInfo": (), f"{HEALTH}/Check": (),
    f"{ADMIN}/JoinCluster": ("node_id", "address"), f"{ADMIN}/LeaveCluster": ("node_id",),
    f"{ADMIN}/TransferLeadership": ("target_node_id", "timeout_ms"),
}
CODES = {"DeadlineExceeded": 4, "NotFound": 5, "Unimplemented": 12, "Internal": 13, "Unavailable": 14,
         "InvalidArgument": 3}
LEASE = 3.0
# A module is compiled once, a script each time: the commands start in half the time, and observations are made of them.
LAUNCHER = """#!/usr/bin/python3 -I
import sys
sys.path.insert(0, "/usr/local/lib/standin")
import standin
sys.exit(standin.main())
"""


# What all nodes share

class Shared:
    """The truth, under a lock while it is changed."""

    def __init__(self):
        os.makedirs(SHARED, exist_ok=True)

    def read(self, name="truth"):
        try:
            with open(f"{SHARED}/{name}.json") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def change(self, edit, name="truth"):
        with open(f"{SHARED}/lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            value = self.read(name)
            result = edit(value)
            with open(f"{SHARED}/{name}.new", "w") as file:
                json.dump(value, file)
            os.replace(f"{SHARED}/{name}.new", f"{SHARED}/{name}.json")
            return result

    def fault(self, name):
        """The words behind a fault, or nothing."""
        return self.read("faults").get(name)

    def take(self, name):
        """The same for a fault that strikes once."""
        if self.fault(name) is None:
            return None
        return self.change(lambda faults: faults.pop(name, None), "faults")

    def log(self, call, result):
        line = json.dumps({"time": time.time(), "node": place()["node"], "call": call, "result": result})
        with open(f"{SHARED}/calls.jsonl", "a") as file:
            file.write(line + "\n")


SHARE = Shared()


def place():
    with open(PLACE) as file:
        return json.load(file)


def profile(of=None):
    """What the lab was made as, unless a test has changed it since."""
    return SHARE.read("profile").get("name") or (of or place())["settings"].get("profile", "documented")


def speed():
    return float(place()["settings"].get("speed", "1"))


def own_id(number, name):
    """Small in the document; the real ones have so many digits that a double cannot hold them."""
    return str(number) if name == "documented" else str(1154876529841152000 + number * 4099)


def ask(address, request, timeout):
    """One request to a server, one line back."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout) as connection:
        connection.settimeout(timeout)
        connection.sendall(json.dumps(request).encode() + b"\n")
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while True:
            part = connection.recv(65536)
            if not part:
                return b"".join(parts)
            parts.append(part)


class Failure(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# The server

class Server:
    def __init__(self, arguments):
        self.mode = "--cluster"
        self.listen = os.environ.get("INFERADB__LEDGER__LISTEN", "127.0.0.1:50051")
        self.data = os.environ.get("INFERADB__LEDGER__DATA", "")
        self.peers = os.environ.get("INFERADB__LEDGER__PEERS", "")
        self.metrics = os.environ.get("INFERADB__LEDGER__METRICS", "")
        words = list(arguments)
        while words:
            word = words.pop(0)
            if word in ("--join", "--single"):
                self.mode = word
            elif word in ("--listen", "--data", "--peers", "--metrics", "--cluster") and words:
                setattr(self, word[2:], words.pop(0))
            else:
                self.die(f"unexpected argument '{word}'")
        self.place = place()
        self.profile = profile(self.place)
        if not self.metrics and self.profile == "documented":
            self.metrics = f"0.0.0.0:{METRICS}"
        self.me = next(n for n in self.place["nodes"] if n["name"] == self.place["node"])
        self.seen = {}
        self.said = None

    def die(self, why):
        print(f"Error: {why}", flush=True)
        sys.exit(1)

    def run(self):
        if not self.data:
            self.die("no data directory is given")
        os.makedirs(self.data, exist_ok=True)
        self.discover()
        self.id = self.identity()
        self.remember(self.kept())
        if self.mode == "--single":
            self.single()
        host, _, port = self.listen.rpartition(":")
        listener = self.listening(host, port)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        if self.metrics:
            threading.Thread(target=self.serve_metrics, daemon=True).start()
        threading.Thread(target=self.live, daemon=True).start()
        print(f"INFO ledger: node {self.id} serves at {self.listen}, data in {self.data}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def listening(self, host, port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, int(port)))
        except (OSError, ValueError) as error:
            self.die(f"cannot listen on {host}:{port}: {error}")
        listener.listen(64)
        return listener

    def discover(self):
        """A node that joins needs to know whom it joins; the others know already."""
        if not self.peers:
            return
        try:
            with open(self.peers) as file:
                found = [peer["addr"] for peer in json.load(file)["peers"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.die(f"cannot read the peers in {self.peers}: {error}")
        print(f"INFO discovery: discovered {len(found)} peers", flush=True)

    def identity(self):
        path = f"{self.data}/node_id"
        if not os.path.exists(path):
            with open(path, "w") as file:
                file.write(own_id(self.me["number"], self.profile) + "\n")
        with open(path) as file:
            return file.read().strip()

    def kept(self):
        try:
            with open(f"{self.data}/raft.json") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {"members": [], "term": 0}

    def remember(self, known):
        self.known = known
        with open(f"{self.data}/raft.json.new", "w") as file:
            json.dump(known, file)
        os.replace(f"{self.data}/raft.json.new", f"{self.data}/raft.json")

    def single(self):
        if self.profile == "actual" and self.known["members"]:
            print("INFO raft: resuming the cluster found in the data directory", flush=True)
            return

        def force(truth):
            index = self.index(truth)
            mine = {"id": self.id, "address": f"{self.me['address']}:{RPC}", "role": "VOTER", "since": 0}
            truth.update(members=[mine], term=truth.get("term", 0) + 1, leader=self.id,
                         lease=time.time() + LEASE, index=index)
        SHARE.change(force)
        print("WARN raft: forced a new cluster with this node alone", flush=True)

    def stop(self):
        def release(truth):
            if truth.get("leader") == self.id:
                truth.update(leader=None, lease=0)
        SHARE.change(release)
        print("INFO ledger: shut down", flush=True)
        os._exit(0)

    # Who reaches whom, and who leads

    def live(self):
        while True:
            truth = SHARE.read()
            members = truth.get("members", [])
            pings = [threading.Thread(target=self.ping, args=(m,), daemon=True) for m in members
                     if m["id"] != self.id]
            for ping in pings:
                ping.start()
            for ping in pings:
                ping.join(0.6)
            self.elect(truth)
            self.tell()
            time.sleep(0.2)

    def ping(self, member):
        try:
            if ask(member["address"], {"method": "raft/ping"}, 1.0):
                self.seen[member["id"]] = time.time()
        except OSError:
            pass

    def reaches(self, member_id):
        return member_id == self.id or time.time() - self.seen.get(member_id, 0) < 2.0

    def has_majority(self, truth):
        voters = [m["id"] for m in truth.get("members", []) if m["role"] == "VOTER"]
        return len([v for v in voters if self.reaches(v)]) * 2 > len(voters)

    def elect(self, truth):
        voters = [m["id"] for m in truth.get("members", []) if m["role"] == "VOTER"]
        now = time.time()
        if truth.get("leader") == self.id:
            if self.id in voters and self.has_majority(truth):
                SHARE.change(self.renew)
        elif (self.id in voters and self.has_majority(truth) and SHARE.fault("no-election") is None
              and now > truth.get("lease", 0) + 0.2 * (voters.index(self.id) + 1)):
            SHARE.change(self.claim)
        if self.leader(truth) is not None:
            mine = next((m for m in truth["members"] if m["id"] == self.id), None)
            listed = [{k: m[k] for k in ("id", "address", "role")} for m in truth["members"]] if mine else []
            known = {"members": listed, "term": truth["term"]}
            if known != self.known:
                self.remember(known)

    def renew(self, truth):
        if truth.get("leader") != self.id:
            return
        truth["lease"] = time.time() + LEASE
        truth["index"], truth["indexed"] = self.index(truth), time.time()
        for member in truth["members"]:
            if member["role"] == "LEARNER" and self.progress(member, truth) >= truth["index"]:
                member["role"] = "VOTER"

    def claim(self, truth):
        if time.time() > truth.get("lease", 0):
            truth.update(leader=self.id, term=truth.get("term", 0) + 1, lease=time.time() + LEASE)
            print(f"INFO raft: elected leader, term={truth['term']}", flush=True)

    def leader(self, truth):
        """Whom this node takes for the leader."""
        leader = truth.get("leader")
        if leader is None or time.time() > truth.get("lease", 0) or not self.reaches(leader):
            return None
        return leader

    def tell(self):
        """What it prints while something is wrong."""
        crash = SHARE.fault("crash")
        if crash and self.me["name"] in crash and self.known["members"]:
            print("Error: panicked at 'assertion failed: log.is_contiguous()'", flush=True)
            os._exit(101)
        noisy = SHARE.fault("errors")
        if noisy and self.me["name"] in noisy:
            print("ERROR raft: failed to replicate: append entries timed out", flush=True)

    # How far the log is

    def index(self, truth):
        rate = float((SHARE.fault("writes") or ["0"])[0])
        return truth.get("index", 0) + int(rate * max(0.0, time.time() - truth.get("indexed", time.time())))

    def progress(self, member, truth):
        """A node that was just added copies 500 entries a second."""
        stuck = SHARE.fault("stuck")
        since = member.get("since", 0)
        if since == 0:
            return truth.get("index", 0)
        if stuck and any(n["name"] in stuck and member["address"].startswith(n["address"] + ":")
                         for n in self.place["nodes"]):
            return 812
        return min(truth.get("index", 0), int((time.time() - since) * 500 * speed()))

    # What it answers

    def serve(self, connection):
        try:
            connection.settimeout(60)
            line = connection.makefile("rb").readline()
            request = json.loads(line)
            method = request["method"]
            if method == "raft/ping":
                connection.sendall(b"{}\n")
                return
            connection.sendall(self.answer(method, request.get("data", {})))
        except (OSError, ValueError, KeyError):
            pass
        finally:
            connection.close()

    def answer(self, method, data):
        odd = SHARE.fault("answers")
        if odd and (len(odd) == 1 or self.me["name"] in odd[1:]) and method.startswith(ADMIN):
            raw = self.odd_answer(odd[0], method)
            if raw is not None:
                return raw
        hangs = SHARE.fault("hang")
        if hangs and method.endswith(hangs[0]):
            time.sleep(60)
        try:
            body = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", method.rpartition("/")[2]).lower())(data)
            lost = SHARE.fault("lost-answer")
            if lost and method.endswith(lost[0]):
                SHARE.take("lost-answer")
                raise Failure("Unavailable", "error reading from server: EOF")
            return json.dumps({"body": body}).encode()
        except Failure as failure:
            return json.dumps({"code": failure.code, "message": str(failure)}).encode()

    def odd_answer(self, kind, method):
        if kind == "garbage":
            return json.dumps({"raw": "\x00\x1b[2J\u202e}{]]"}).encode()
        if kind == "html":
            return json.dumps({"raw": "<html><body><h1>502 Bad Gateway</h1></body></html>"}).encode()
        if kind == "nothing":
            return json.dumps({"raw": ""}).encode()
        if kind == "500":
            return json.dumps({"code": "Internal", "message": "storage: checksum mismatch"}).encode()
        if kind == "half":
            return json.dumps({"raw": '{\n  "members": [\n    {\n      "nodeId": "1", "addr'}).encode()
        if kind == "stale" and method.endswith("GetClusterInfo"):
            older = self.get_cluster_info({})
            older["term"] = max(1, older["term"] - 1)
            older["members"] = older["members"][:-1]
            return json.dumps({"body": older}).encode()
        return None

    def get_cluster_info(self, _):
        truth = SHARE.read()
        leader = self.leader(truth)
        rival = SHARE.fault("two-leaders")
        if rival and self.me["name"] in rival:
            leader = self.id
        members = truth.get("members", []) if leader is not None else self.known["members"]
        term = truth.get("term", 0) if leader is not None else self.known["term"]
        if all(m["id"] != self.id for m in members):
            members, leader, term = [], None, 0
        return {
            "members": [{"node_id": m["id"], "address": m["address"], "role": f"CLUSTER_MEMBER_ROLE_{m['role']}"
                         if self.profile == "actual" else m["role"],
                         "is_leader": m["id"] == leader} for m in members],
            "leader_id": leader or 0, "term": term,
        }

    def get_node_info(self, _):
        known = self.get_cluster_info({})
        return {"node_id": self.id, "address": self.listen, "is_cluster_member": bool(known["members"]),
                "term": known["term"]}

    def check(self, _):
        truth = SHARE.read()
        is_member = any(m["id"] == self.id for m in truth.get("members", []))
        serves = is_member and self.leader(truth) is not None
        return {"status": "SERVING" if serves else "NOT_SERVING"}

    def lead(self, method, data, verb):
        """The answer of a node that does not lead, or nothing."""
        swap = SHARE.take("move-leader")
        if swap is not None:
            self.move(swap[0] if swap else None)
        truth = SHARE.read()
        leader = self.leader(truth)
        if leader == self.id:
            return None
        if leader is None:
            raise Failure("Unavailable", "no leader is elected")
        address = next(m["address"] for m in truth["members"] if m["id"] == leader)
        if self.profile == "documented":
            try:
                answer = json.loads(ask(address, {"method": f"{ADMIN}/{method}", "data": data}, 30))
            except (OSError, ValueError):
                raise Failure("Unavailable", f"the leader at {address} does not answer") from None
            if "code" in answer:
                raise Failure(answer["code"], answer["message"])
            return answer["body"]
        if verb == "leave":
            return {"success": False, "message": "Not the leader, cannot process leave request"}
        return {"success": False, "message": "Not the leader, redirect to leader", "leader_id": leader,
                "leader_address": address}

    def move(self, name):
        """Another voter leads from now on."""
        wanted = next((n["address"] for n in self.place["nodes"] if n["name"] == name), None)

        def edit(truth):
            others = [m for m in truth["members"] if m["role"] == "VOTER" and m["id"] != truth.get("leader")]
            heir = next((m for m in others if wanted and m["address"].startswith(wanted + ":")),
                        others[0] if others else None)
            if heir is not None:
                truth.update(leader=heir["id"], term=truth["term"] + 1, lease=time.time() + LEASE)
            return heir["id"] if heir else 0
        return SHARE.change(edit)

    def committed(self, edit):
        """A change of the log needs a majority of those who decide now."""
        if not self.has_majority(SHARE.read()):
            raise Failure("DeadlineExceeded", "the proposal was not committed in time")
        return SHARE.change(edit)

    def join_cluster(self, data):
        redirection = self.lead("JoinCluster", data, "join")
        if redirection is not None:
            return redirection
        node, address = str(data.get("node_id", "")), data.get("address", "")
        if not re.fullmatch(r"\d+", node) or ":" not in address:
            raise Failure("InvalidArgument", "node_id and address are needed")
        try:
            ask(address, {"method": "raft/ping"}, 3)
        except OSError:
            raise Failure("Unavailable", f"cannot reach {address}") from None
        if SHARE.fault("false-success") is not None:
            return {"success": True, "message": "Node joined cluster successfully", "leader_id": self.id}

        def edit(truth):
            known = next((m for m in truth["members"] if m["id"] == node), None)
            if known:
                return {"success": True, "message": f"Node is already a {known['role'].lower()} in the cluster"}
            role = "VOTER" if self.profile == "actual" else "LEARNER"
            truth["members"].append({"id": node, "address": address, "role": role, "since": time.time()})
            truth["index"] = truth.get("index", 0) + 1
            return {"success": True, "message": "Node joined cluster successfully"}
        answer = self.committed(edit)
        print(f"INFO membership: {answer['message']}, node_id={node}", flush=True)
        return {**answer, "leader_id": self.id, "leader_address": f"{self.me['address']}:{RPC}"}

    def leave_cluster(self, data):
        redirection = self.lead("LeaveCluster", data, "leave")
        if redirection is not None:
            return redirection
        node = str(data.get("node_id", ""))
        if SHARE.fault("false-success") is not None:
            return {"success": True, "message": "Node left cluster successfully"}

        def edit(truth):
            known = next((m for m in truth["members"] if m["id"] == node), None)
            if known is None:
                raise Failure("NotFound", f"node {node} is not a member")
            voters = [m for m in truth["members"] if m["role"] == "VOTER"]
            if voters == [known]:
                return {"success": False, "message": "Cannot remove the last voter from cluster"}
            truth["members"].remove(known)
            truth["index"] = truth.get("index", 0) + 1
            if truth.get("leader") == node:
                truth.update(leader=None, lease=0)
            return {"success": True, "message": "Node left cluster successfully"}
        answer = self.committed(edit)
        print(f"INFO membership: {answer['message']}, node_id={node}", flush=True)
        return answer

    def transfer_leadership(self, data):
        if self.profile == "actual" or SHARE.fault("no-transfer") is not None:
            raise Failure("Unimplemented", "unknown method TransferLeadership")
        redirection = self.lead("TransferLeadership", data, "transfer")
        if redirection is not None:
            return redirection
        target = str(data.get("target_node_id", ""))
        member = next((m for m in SHARE.read()["members"] if m["id"] == target), None)
        name = next((n["name"] for n in self.place["nodes"]
                     if member and member["address"].startswith(n["address"] + ":")), None)
        return {"success": True, "new_leader_id": self.move(name), "message": "leadership transferred"}

    def serve_metrics(self):
        host, _, port = self.metrics.rpartition(":")
        listener = self.listening(host, port)
        while True:
            connection, _ = listener.accept()
            quiet = SHARE.fault("metrics-off")
            if quiet is None or (quiet and self.me["name"] not in quiet):
                threading.Thread(target=self.tell_metrics, args=(connection,), daemon=True).start()
            else:
                connection.close()

    def tell_metrics(self, connection):
        truth = SHARE.read()
        mine = next((m for m in truth.get("members", []) if m["id"] == self.id), None)
        pending = (SHARE.fault("pending") or ["0"])[0]
        text = ""
        for name, value in (("commit_index", self.progress(mine, truth) if mine else 0),
                            ("term", truth.get("term", 0)), ("proposals_pending", pending),
                            ("is_leader", int(self.leader(truth) == self.id))):
            name = f"inferadb_ledger_raft_{name}"
            text += f"# TYPE {name} gauge\n{name} {value}\n"
        failed = 1000 if SHARE.fault("write-errors") is None else 1000 + int(time.time() * 10) % 10**6
        text += f'# TYPE ledger_writes_total counter\nledger_writes_total{{status="success"}} 4211\n'
        text += f'ledger_writes_total{{status="error"}} {failed}\n'
        try:
            with connection:
                connection.settimeout(5)
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                                   f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())
        except OSError:
            pass


# grpcurl

def camel(name):
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def printed(value, faithful, key=""):
    """As grpcurl prints it: camelCase, 64-bit numbers as texts, nothing that is 0, false or empty."""
    if isinstance(value, dict):
        items = {k: printed(v, faithful, k) for k, v in value.items()}
        if not faithful:
            return items
        return {camel(k): v for k, v in items.items() if v not in (0, "0", False, "", [], None)}
    if isinstance(value, list):
        return [printed(v, faithful, key) for v in value]
    if key.endswith("_id") or key == "term":
        return str(value) if faithful else int(value)
    return value


class GrpcurlUsage(Exception):
    pass


class Grpcurl:
    def __init__(self, words):
        self.flags, self.rest = {}, []
        takes = {"d", "max-time", "connect-timeout", "protoset", "proto", "import-path", "format", "H"}
        words = list(words)
        while words:
            word = words.pop(0)
            if not word.startswith("-") or self.rest:
                self.rest.append(word)
                continue
            name, equals, value = word.lstrip("-").partition("=")
            if name in takes:
                if not equals and not words:
                    raise GrpcurlUsage(f"flag needs an argument: -{name}")
                self.flags[name] = value if equals else words.pop(0)
            elif name in ("plaintext", "use-reflection", "emit-defaults"):
                self.flags[name] = value or "true"
            else:
                raise GrpcurlUsage(f"flag provided but not defined: -{name}")
        if not self.rest:
            raise GrpcurlUsage("Too few arguments.")

    def known_methods(self, address):
        """From the file of descriptors that was given, else from the server's reflection."""
        if "protoset" in self.flags:
            try:
                with open(self.flags["protoset"]) as file:
                    return file.read().split()
            except OSError as error:
                raise Stop(1, f'Failed to process proto descriptor sets: could not load protoset file '
                              f'"{self.flags["protoset"]}": {error.strerror}') from None
        if profile() == "actual":
            raise Stop(1, None)
        known = list(METHODS)
        if SHARE.fault("no-transfer") is not None:
            known.remove(f"{ADMIN}/TransferLeadership")
        return known

    def run(self):
        address, verb = self.rest[0], self.rest[1] if len(self.rest) > 1 else ""
        self.dial(address)
        no_reflection = "server does not support the reflection API"
        if verb == "list":
            try:
                known = self.known_methods(address)
            except Stop as stop:
                raise Stop(1, str(stop) if str(stop) != "None" else f"Failed to list services: {no_reflection}") \
                    from None
            wanted = self.rest[2] if len(self.rest) > 2 else ""
            lines = {m.replace("/", ".") for m in known if m.startswith(wanted + "/")} if wanted else \
                {m.partition("/")[0] for m in known}
            return "\n".join(sorted(lines))
        try:
            known = self.known_methods(address)
        except Stop as stop:
            raise Stop(1, str(stop) if str(stop) != "None" else
                       f'Error invoking method "{verb}": failed to query for service descriptor '
                       f'"{verb.partition("/")[0]}": {no_reflection}') from None
        if verb not in known:
            service, _, method = verb.partition("/")
            raise Stop(1, f'Error invoking method "{verb}": service "{service}" does not include a method '
                          f'named "{method}"')
        return self.invoke(address, verb, self.data(verb))

    def dial(self, address):
        if "plaintext" not in self.flags:
            raise Stop(1, f'Failed to dial target host "{address}": tls: first record does not look like a '
                          f'TLS handshake')
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), float(self.flags.get("connect-timeout", "3"))).close()
        except ValueError:
            raise Stop(1, f'Failed to dial target host "{address}": missing port in address') from None
        except OSError as error:
            why = "connect: connection refused" if isinstance(error, ConnectionRefusedError) else \
                "context deadline exceeded"
            raise Stop(1, f'Failed to dial target host "{address}": dial tcp {address}: {why}') from None

    def data(self, method):
        text = self.flags.get("d", "{}")
        try:
            data = json.loads(sys.stdin.read() if text == "@" else text)
        except ValueError as error:
            raise Stop(1, f'Error invoking method "{method}": error getting request data: {error}') from None
        fields = {}
        for name, value in data.items():
            field = next((f for f in METHODS[method] if name in (f, camel(f))), None)
            if field is None:
                raise Stop(1, f'Error invoking method "{method}": error getting request data: message type '
                              f'ledger.v1.{method.rpartition("/")[2]}Request has no known field named {name}')
            if field.endswith("_id") and not re.fullmatch(r"\d+", str(value)):
                raise Stop(1, f'Error invoking method "{method}": error getting request data: '
                              f'"{value}" is not a uint64')
            fields[field] = value
        return fields

    def invoke(self, address, method, data):
        limit = float(self.flags.get("max-time", "30"))
        if (hangs := SHARE.fault("hang")) and method.endswith(hangs[0]):
            limit = max(1.0, limit / speed())
        try:
            text = ask(address, {"method": method, "data": data}, limit)
        except TimeoutError:
            raise Stop(64 + 4, "ERROR:\n  Code: DeadlineExceeded\n  Message: context deadline exceeded") \
                from None
        except OSError as error:
            raise Stop(64 + 14, f"ERROR:\n  Code: Unavailable\n  Message: {error}") from None
        try:
            answer = json.loads(text)
        except ValueError:
            raise Stop(64 + 14, "ERROR:\n  Code: Unavailable\n  Message: error reading from server: EOF") \
                from None
        if "raw" in answer:
            return answer["raw"]
        if "code" in answer:
            raise Stop(64 + CODES[answer["code"]],
                       f"ERROR:\n  Code: {answer['code']}\n  Message: {answer['message']}")
        return json.dumps(printed(answer["body"], profile() == "actual"), indent=2)


class Stop(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def grpcurl(words):
    call = " ".join(["grpcurl", *words])
    try:
        text = Grpcurl(words).run()
    except GrpcurlUsage as usage:
        print(f"{usage}\nTry 'grpcurl -help' for more details.", file=sys.stderr)
        return 2
    except Stop as stop:
        SHARE.log(call, str(stop))
        print(stop, file=sys.stderr)
        return stop.status
    SHARE.log(call, re.sub(r"\s+", " ", text))
    if text:
        print(text)
    return 0


def run(words, **options):
    import subprocess                       # late: no request needs it
    return subprocess.run(words, check=False, **options)


# Kubernetes: commands that check what they are given, and an agent on each node that runs its pod

def pods():
    return {f"ledger-{n['number'] - 1}": n for n in place()["nodes"]}


def refuse(text):
    raise Stop(1, text)


def kubectl(words):
    def scale(match):
        SHARE.change(lambda truth: truth.update(replicas=int(match[1])))
        return "statefulset.apps/ledger scaled"

    def replicas(_):
        return str(SHARE.read().get("replicas", 0))

    def listed(_):
        rows = ["NAME       READY   STATUS    RESTARTS   AGE"]
        for name, node in pods().items():
            state = agent(node)
            if state.get("unit", "").startswith("active"):
                rows.append(f"{name:<10} {'1/1' if state['serves'] else '0/1'}     Running   0          3m")
            elif int(name[7:]) < SHARE.read().get("replicas", 0):
                rows.append(f"{name:<10} 0/1     Pending   0          1s")
        return "\n".join(rows)

    def label(match):
        if not agent(known_pod(match[1])).get("unit", "").startswith("active"):
            refuse(f'Error from server (NotFound): pods "{match[1]}" not found')
        return f"pod/{match[1]} labeled"

    def execute(match):
        node = known_pod(match[1])
        inner = match[2].split("\x00")
        if inner[0] == "curl":
            at = [w.replace("localhost:", f"{node['address']}:") for w in inner]
            done = run(at, capture_output=True, text=True)
            return done.stdout if done.returncode == 0 else refuse(done.stderr.strip())
        if inner[0] != "grpcurl":
            refuse(f'error: executable file not found in $PATH: "{inner[0]}"')
        call = Grpcurl(inner[1:])
        call.rest[0] = call.rest[0].replace("localhost:", f"{node['address']}:")
        return call.run()

    forms = [
        (r"scale\x00statefulset\x00ledger\x00--replicas=([0-7])", scale),
        (r"get\x00statefulset\x00ledger\x00-o\x00jsonpath=\{\.spec\.replicas\}", replicas),
        (r"get\x00pods\x00-l\x00app=ledger", listed),
        (r"label\x00pod\x00(ledger-\d)\x00ledger\.inferadb\.com/ready=(?:false|true)\x00--overwrite", label),
        (r"exec\x00(ledger-\d)\x00--\x00(.+)", execute),
    ]
    return recorded("kubectl", words, forms)


def helm(words):
    def upgrade(match):
        SHARE.change(lambda truth: truth.update(chart=int(match[1])))
        return 'Release "ledger" has been upgraded. Happy Helming!\nNAME: ledger\nSTATUS: deployed'

    def values(_):
        return f"replicaCount: {SHARE.read().get('chart', 0)}"

    return recorded("helm", words, [
        (r"upgrade\x00ledger\x00\S+\x00--reuse-values\x00--set\x00replicaCount=([0-7])", upgrade),
        (r"get\x00values\x00ledger\x00--all", values),
    ])


def known_pod(name):
    return pods().get(name) or refuse(f'Error from server (NotFound): pods "{name}" not found')


def recorded(program, words, forms):
    line = "\x00".join(words)
    call = " ".join([program, *words])
    for form, act in forms:
        match = re.fullmatch(form, line, re.S)
        if match:
            try:
                text = act(match)
            except (Stop, GrpcurlUsage) as stop:
                SHARE.log(call, str(stop))
                print(stop, file=sys.stderr)
                return getattr(stop, "status", 1)
            SHARE.log(call, re.sub(r"\s+", " ", text))
            print(text)
            return 0
    SHARE.log(call, "refused")
    print(f"error: unknown command \"{' '.join(words)}\" for \"{program}\"", file=sys.stderr)
    return 1


def agent(node):
    try:
        return json.loads(ask(f"{node['address']}:{AGENT}", {}, 5))
    except (OSError, ValueError):
        return {"unit": "unknown", "serves": False}


def kubelet(_):
    """Tells what is on this node, and runs its pod once the number of pods is set."""
    mine = place()
    ordinal = next(n["number"] for n in mine["nodes"] if n["name"] == mine["node"]) - 1
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", AGENT))
    listener.listen(16)
    listener.settimeout(0.3)
    before = SHARE.read().get("replicas")
    while True:
        wanted = SHARE.read().get("replicas", before)
        if wanted != before:
            run_pod(ordinal < wanted)
            before = wanted
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection:
            connection.settimeout(5)
            try:
                connection.recv(65536)
                connection.sendall(json.dumps(state_of_this_node()).encode())
            except OSError:
                pass


def run_pod(is_wanted):
    running = run(["systemctl", "is-active", "--quiet", UNIT]).returncode == 0
    if is_wanted and not running:
        os.makedirs(DATA, exist_ok=True)
        if not os.path.exists(SETTINGS):
            write(SETTINGS, settings_text("--join"))
        if not os.path.exists(PEERS):
            write(PEERS, peers_text())
        run(["systemctl", "start", UNIT])
    elif not is_wanted and running:
        run(["systemctl", "stop", UNIT])


def state_of_this_node():
    def text(path):
        try:
            with open(path) as file:
                return file.read()
        except OSError:
            return None

    def unit(verb):
        return run(["systemctl", verb, UNIT], capture_output=True, text=True).stdout.strip()
    try:
        answer = json.loads(ask(f"127.0.0.1:{RPC}", {"method": f"{HEALTH}/Check"}, 2))
        serves = answer["body"]["status"] == "SERVING"
        answers = True
    except (OSError, ValueError, KeyError):
        serves = answers = False
    return {"settings": text(SETTINGS), "peers": text(PEERS), "node_id": text(f"{DATA}/node_id"),
            "data": os.path.isdir(DATA), "unit": f"{unit('is-active')} {unit('is-enabled')}", "serves": answers,
            "healthy": serves}


# What the lab asks

def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def settings_text(mode):
    return (f"INFERADB__LEDGER__LISTEN=0.0.0.0:{RPC}\nINFERADB__LEDGER__DATA={DATA}\n"
            f"INFERADB__LEDGER__PEERS={PEERS}\nINFERADB__LEDGER__METRICS=0.0.0.0:{METRICS}\nLEDGER_MODE={mode}\n")


def peers_text():
    peers = [{"addr": f"{n['address']}:{RPC}"} for n in place()["nodes"] if n["role"] == "member"]
    return json.dumps({"cached_at": 0, "peers": peers}) + "\n"


def describe(_):
    given = json.load(sys.stdin)
    name = given["settings"].get("profile", "documented")
    nodes = {n["name"]: {"pod": f"ledger-{n['number'] - 1}"} for n in given["nodes"]}
    dialect = given["settings"].get("dialect", name)
    print(json.dumps({"service": UNIT.removesuffix(".service"), "cluster": {"dialect": dialect}, "nodes": nodes}))
    return 0


def install(_):
    mine = place()
    launchers()
    write(f"/etc/systemd/system/{UNIT}", "\n".join([
        "[Unit]", "Description=Ledger", "[Service]", f"EnvironmentFile={SETTINGS}",
        "ExecStart=/usr/local/bin/inferadb-ledger $LEDGER_MODE", "[Install]", "WantedBy=multi-user.target", ""]))
    write("/etc/systemd/system/kubelet.service", "\n".join([
        "[Service]", "ExecStart=/usr/local/bin/standin kubelet", "Restart=always", "[Install]",
        "WantedBy=multi-user.target", ""]))
    wants = "/etc/systemd/system/multi-user.target.wants"
    os.makedirs(wants, exist_ok=True)
    for unit in ["kubelet.service"] + ([UNIT] if role(mine) == "member" else []):
        if not os.path.lexists(f"{wants}/{unit}"):
            os.symlink(f"/etc/systemd/system/{unit}", f"{wants}/{unit}")
    known = [m for m in METHODS if not m.endswith("TransferLeadership")]
    write(PROTOSET, "\n".join(known) + "\n")
    lay_out(mine)
    return 0


def launchers():
    import py_compile
    py_compile.compile(os.path.realpath(__file__), doraise=True)
    os.unlink("/usr/local/bin/standin")     # a link to the script itself
    for name in ("standin", "inferadb-ledger", "grpcurl", "kubectl", "helm"):
        write(f"/usr/local/bin/{name}", LAUNCHER, 0o755)


def role(mine):
    return next(n["role"] for n in mine["nodes"] if n["name"] == mine["node"])


def lay_out(mine):
    """The files of a node as they were in the beginning."""
    if role(mine) != "member":
        return
    number = next(n["number"] for n in mine["nodes"] if n["name"] == mine["node"])
    write(SETTINGS, settings_text("--cluster 3"))
    write(PEERS, peers_text())
    write(f"{DATA}/node_id", own_id(number, profile(mine)) + "\n")
    if not SHARE.read().get("members"):
        SHARE.change(lambda truth: truth.update(beginning(mine)))


def beginning(mine):
    members = [n for n in mine["nodes"] if n["role"] == "member"]
    return {
        "members": [{"id": own_id(n["number"], profile(mine)), "address": f"{n['address']}:{RPC}",
                     "role": "VOTER", "since": 0} for n in members],
        "term": 3, "leader": None, "lease": 0, "index": 12345, "indexed": time.time(),
        "replicas": len(members), "chart": len(members),
    }


def reset(_):
    mine = place()
    for unit in ("kubelet.service", UNIT):
        run(["systemctl", "stop", unit])

    def begin(truth):
        seen = truth.get("reset", [])
        if not seen or mine["node"] in seen or len(seen) == len(mine["nodes"]):
            truth.clear()
            truth.update(beginning(mine))
            seen = []
            write(f"{SHARED}/faults.json", "{}")
            write(f"{SHARED}/calls.jsonl", "")
        truth["reset"] = seen + [mine["node"]]
    SHARE.change(begin)
    run("rm -rf /var/lib/ledger /var/lib/ledger.* /etc/default/ledger*", shell=True)
    run(["journalctl", "--quiet", "--rotate", "--vacuum-time=1s"])
    lay_out(mine)
    is_member = role(mine) == "member"
    run(["systemctl", "enable" if is_member else "disable", "--quiet", UNIT])
    run(["systemctl", "reset-failed", UNIT], capture_output=True)
    run(["systemctl", "start", "kubelet.service"] + ([UNIT] if is_member else []))
    return 0


def ready(_):
    try:
        answer = json.loads(ask(f"127.0.0.1:{RPC}", {"method": f"{HEALTH}/Check"}, 2))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if answer.get("body", {}).get("status") != "SERVING":
        print(answer, file=sys.stderr)
        return 1
    return 0


def snapshot(_):
    truth = SHARE.read()
    for member in sorted(truth.get("members", []), key=lambda m: m["address"]):
        print("member", member["id"], member["address"], member["role"])
    print("replicas", truth.get("replicas"), "chart", truth.get("chart"))
    for node in place()["nodes"]:
        print(node["name"], json.dumps(agent(node), sort_keys=True))
    return 0


def play(words):
    """Another profile, from the next reset on."""
    SHARE.change(lambda chosen: chosen.update(name=words[0]), "profile")
    return 0


def fault(words):
    SHARE.change(lambda faults: faults.update({words[0]: words[1:]}), "faults")
    return 0


def heal(words):
    SHARE.change(lambda faults: faults.pop(words[0], None) if words else faults.clear(), "faults")
    return 0


def main():
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name == "inferadb-ledger":
        if words == ["--version"]:
            print("inferadb-ledger 0.1.0")
            return 0
        return Server(words).run()
    if name in ("grpcurl", "kubectl", "helm"):
        return {"grpcurl": grpcurl, "kubectl": kubectl, "helm": helm}[name](words)
    verbs = (describe, install, ready, reset, snapshot, fault, heal, play, kubelet)
    verb = next((v for v in verbs if words and v.__name__ == words[0]), None)
    if verb is None:
        print(f"verbs are: {', '.join(v.__name__ for v in verbs)}", file=sys.stderr)
        return 2
    return verb(words[1:])


if __name__ == "__main__":
    sys.exit(main())
