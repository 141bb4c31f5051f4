#!/usr/bin/python3
"""Plays StemeDB on a lab's machines: gossip over UDP, two HTTP ports, replication, shards. See README.md here.

Faults (`standin fault NAME …`, nodes by their StemeDB ids):
  gossip-slow SECONDS      a newcomer is shown only after so long
  flap ID TIMES            ID is shown as SUSPECT every other time, so often
  copy-rate N              assertions that a node copies in a second; 0 stops it
  lose-writes ID           new assertions never reach ID
  writes PER_SECOND        somebody writes all the time
  placement shares ID…     each shard on `factor` nodes only, in place of all of them, and less on ID
  shard-stuck, shard-fail  shards that are moved stay where they are, half done
  drain-stuck              a removal never comes to its end
  sole-copy ID             one shard is on ID alone
  metrics refuse|absent|nan|lag
  slow                     queries take long
  crash ID SECONDS         ID's server ends so long after it has joined
  answer ID ROUTE KIND     KIND is garbage, half, html, 500, empty, close, hang or stale
  aws REASON               the next change through `aws` is refused
  profile actual           the newer routes in place of the documented ones
"""
import fcntl
import hashlib
import ipaddress
import json
import os
import pwd
import py_compile
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHARED = os.environ.get("STANDIN_SHARED", "/srv/standin")
CONFIG = "/etc/stemedb/cluster.toml"
DATA = "/data/db/assertions.json"
BINARY = "/usr/local/bin/stemedb-api"
VERSION = "0.1.0"
TOTAL, SHARDS, FACTOR = 10234, 12, 2
UNIT = """[Unit]
Description=StemeDB API
[Service]
User=stemedb
ExecStart=/usr/local/bin/stemedb-api
Restart=no
[Install]
WantedBy=multi-user.target
"""
# A module is compiled once, a script each time.
COMMAND = """#!/usr/bin/python3 -I
import sys
sys.path.insert(0, "/usr/local/lib/standin")
import standin
standin.main()
"""
LAUNCHER = '#!/bin/sh\n# stemedb-api %s\nexec /usr/local/bin/standin stemedb-api %s "$@"\n'


# --- The truth that all nodes share, and the log of calls ---------------------------------------------------------------

class Truth:
    """`with Truth() as truth:` reads it, and writes it back if it has been changed."""

    def __enter__(self):
        self.lock = open(f"{SHARED}/lock", "a")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.before = read(f"{SHARED}/truth.json") or "{}"
        self.value = json.loads(self.before)
        return self.value

    def __exit__(self, kind, *_):
        after = json.dumps(self.value, sort_keys=True)
        if kind is None and after != self.before:
            write(f"{SHARED}/truth.json", after)
        self.lock.close()


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(path, text, mode=0o644, owner=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Others must never see half of it.
    with open(f"{path}.{os.getpid()}.{threading.get_ident()}", "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o666 if path.startswith(SHARED) else mode)
        if owner:
            user = pwd.getpwnam(owner)
            os.fchown(file.fileno(), user.pw_uid, user.pw_gid)
    os.rename(file.name, path)


def log(node, call, result):
    line = json.dumps({"time": time.time(), "node": node, "call": call, "result": result})
    with open(f"{SHARED}/calls.jsonl", "a") as file:
        os.chmod(file.name, 0o666) if os.stat(file.name).st_uid == os.getuid() else None
        file.write(line + "\n")


def standin():
    return json.loads(read("/etc/standin.json"))


def member_id(node):
    return f"node{node['number']}"


def fresh_truth(nodes, resets):
    members = [member_id(node) for node in nodes if node["role"] == "member"]
    sizes = [TOTAL // SHARDS + (1 if i < TOTAL % SHARDS else 0) for i in range(SHARDS)]
    shards = [
        {"id": f"shard-{i:02}", "owner": members[i % len(members)], "replicas": list(members),
         "assertions": size, "rebalance_status": "none"}
        for i, size in enumerate(sizes)]
    return {"shards": shards, "held": {}, "writes": [], "faults": {}, "draining": {}, "resets": resets,
            "epoch": time.time(), "aws": {"rules": {"sg-0001": []}, "instances": {}}}


# --- One server ---------------------------------------------------------------------------------------------------------

class ConfigurationError(Exception):
    pass


def configuration():
    """What cluster.toml says; None for a node that stands alone."""
    text = read(CONFIG)
    if text is None:
        return None
    try:
        settings = tomllib.loads(text)
        cluster, factor = settings["cluster"], settings["replication"]["factor"]
        addresses = [cluster[key] for key in ("bind_addr", "rpc_addr", "swim_addr")] + list(cluster["seeds"])
        for address in addresses:
            host, port = address.rsplit(":", 1)
            ipaddress.ip_address(host), int(port)
        if not re.fullmatch(r"[\w.-]+", cluster["node_id"]) or not isinstance(factor, int) or factor < 1:
            raise ValueError("node_id or factor")
        return {**cluster, "factor": factor} if cluster["enabled"] is True else None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(f"{CONFIG}: {type(error).__name__}: {error}")


def endpoint(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


class Server:
    def __init__(self, version):
        here = standin()
        self.version = version
        self.node = here["node"]
        self.speed = float(here["settings"].get("speed", "1"))
        self.number = next(n for n in here["nodes"] if n["name"] == self.node)["number"]
        self.config = configuration()
        self.id = self.config["node_id"] if self.config else f"node{self.number}"
        self.started = time.time()
        self.peers = {}  # id -> {address, rpc, heard, seen (wall), since, count, held}
        self.left = {}  # id -> when it had started that left
        self.is_removed = False
        self.flaps = 0
        self.lock = threading.RLock()
        with Truth() as truth:
            self.epoch = truth["epoch"]
            if self.config is None:  # alone, it knows of no other copies
                for shard in truth["shards"]:
                    shard.update(replicas=[self.id], owner=self.id)
        data = json.loads(read(DATA) or "{}")
        self.held = data.get("held", {})
        self.seen_writes = data.get("writes", 0)

    # Sleeps are as long as the real system's, divided by the speed, with room for a busy machine where a wait
    # decides whether somebody is alive.
    def ping_every(self):
        return max(0.15, 1 / self.speed)

    def suspect_after(self):
        return max(1.2, 3 / self.speed)

    def down_after(self):
        return self.suspect_after() + max(0.8, 3 / self.speed)

    def faults(self):
        return json.loads(read(f"{SHARED}/truth.json") or "{}").get("faults", {})

    def count(self):
        return sum(self.held.values())

    def save(self):
        write(DATA, json.dumps({"held": self.held, "writes": self.seen_writes}))

    def run(self):
        for directory in ("/data/db", "/data/wal"):
            if not os.access(directory, os.W_OK):
                raise ConfigurationError(f"{directory} is not there or cannot be written to")
        threads = [self.replicate]
        api = self.listen(("0.0.0.0", 18180), {"api"})
        if self.config:
            self.gossip_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.gossip_socket.bind(endpoint(self.config["swim_addr"]))
            self.listen(endpoint(self.config["bind_addr"]), {"gateway"})
            rpc = socket.create_server(endpoint(self.config["rpc_addr"]))
            threads += [self.hear, self.ping, lambda: self.serve_rpc(rpc)]
        print(f"stemedb-api {self.version} serves as {self.id}: {self.count()} assertions", flush=True)
        for target in threads:
            threading.Thread(target=self.surely, args=(target,), daemon=True).start()
        api.join()

    def surely(self, target):
        try:
            target()
        except BaseException as error:  # a server with a dead thread would only look alive
            print(f"fatal: {type(error).__name__}: {error}", flush=True)
            os._exit(1)

    def listen(self, address, ports):
        server = ThreadingHTTPServer(address, type("Bound", (Handler,), {"server_of": self, "ports": ports}))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        return thread

    def serve_rpc(self, listener):
        while True:
            connection, _ = listener.accept()
            connection.close()

    # --- Gossip

    def message(self, kind):
        with self.lock:
            table = [{"id": id, "swim": peer["swim"], "rpc": peer["rpc"], "seen": peer["seen"],
                      "started": peer["started"]} for id, peer in self.peers.items()]
            return json.dumps({
                "kind": kind, "from": self.id, "swim": self.config["swim_addr"], "rpc": self.config["rpc_addr"],
                "started": self.started, "epoch": self.epoch, "count": self.count(), "held": self.held,
                "table": table, "left": self.left}).encode()

    def send(self, kind, address):
        try:
            self.gossip_socket.sendto(self.message(kind), endpoint(address))
        except OSError:
            pass  # as when there is no way to it just now

    def ping(self):
        while True:
            if not self.is_removed:
                for address in set(self.config["seeds"]) | {peer["swim"] for peer in list(self.peers.values())}:
                    if address != self.config["swim_addr"]:
                        self.send("ping", address)
            self.expire()
            time.sleep(self.ping_every())

    def hear(self):
        while True:
            data, _ = self.gossip_socket.recvfrom(65536)
            try:
                said = json.loads(data)
            except ValueError:
                continue
            if said.get("epoch") == self.epoch and not self.is_removed:
                self.take(said)
                if said["kind"] == "ping":
                    self.send("ack", said["swim"])

    def take(self, said):
        with self.lock:
            for id, started in said["left"].items():
                if self.left.get(id, 0) < started:
                    self.left[id] = started
                    self.forget(id)
            if said["from"] == self.id:
                if said["swim"] != self.config["swim_addr"]:
                    print(f"fatal: {said['swim']} has the node_id {self.id} too", flush=True)
                    os._exit(1)
                return
            if said["started"] <= self.left.get(said["from"], 0):
                return
            self.meet(said["from"], said, seen=time.time())
            self.peers[said["from"]].update(
                heard=time.monotonic(), seen=time.time(), count=said["count"], held=said["held"])
            for other in said["table"]:
                if other["id"] != self.id and other["started"] > self.left.get(other["id"], 0):
                    self.meet(other["id"], other, seen=other["seen"])

    def meet(self, id, said, seen):
        peer = self.peers.get(id)
        if peer is None or peer["started"] < said["started"]:
            if peer is None:
                print(f"swim: {id} at {said['swim']} joined", flush=True)
            shown = time.monotonic() + float((self.faults().get("gossip-slow") or ["0"])[0]) if peer is None else 0
            # One that others only told of counts from what they last heard.
            heard = time.monotonic() - max(0, time.time() - seen)
            self.peers[id] = {"swim": said["swim"], "rpc": said["rpc"], "started": said["started"], "heard": heard,
                              "seen": seen, "shown": shown, "count": 0, "held": {}}

    def forget(self, id):
        if id == self.id:
            if self.left[id] >= self.started:
                print("this node was removed from the cluster", flush=True)
                self.is_removed = True
        elif self.peers.get(id, {"started": 0})["started"] <= self.left[id]:
            self.peers.pop(id, None)

    def expire(self):
        faults = self.faults()
        crash = faults.get("crash")
        if crash and crash[0] == self.id and self.peers and time.time() - self.started > float(crash[1]):
            print("fatal: assertion failed: segment header", flush=True)
            os._exit(134)

    def status(self, id):
        if id == self.id:
            return "UP"
        silent = time.monotonic() - self.peers[id]["heard"]
        return "UP" if silent < self.suspect_after() else "SUSPECT" if silent < self.down_after() else "DOWN"

    def members(self):
        flap = self.faults().get("flap")
        with self.lock:
            shown = [{"id": self.id, "status": "UP", "assertion_count": self.count()}]
            for id, peer in self.peers.items():
                if time.monotonic() < peer["shown"]:
                    continue
                status = self.status(id)
                if flap and flap[0] == id and self.flaps < int(flap[1]):
                    self.flaps += 1
                    status = "SUSPECT" if self.flaps % 2 else status
                member = {"id": id, "status": status, "assertion_count": peer["count"]}
                if status == "DOWN":
                    member["last_seen"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(peer["seen"]))
                shown.append(member)
        return sorted(shown, key=lambda member: member["id"])

    def up(self):
        return [member["id"] for member in self.members() if member["status"] == "UP"]

    # --- Data

    def reaches(self, id):
        if id not in self.peers:
            return False
        try:
            socket.create_connection(endpoint(self.peers[id]["rpc"]), timeout=0.3).close()
            return True
        except OSError:
            return False

    def replicate(self):
        last, writes = time.monotonic(), 0.0
        while True:
            time.sleep(0.1)
            now = time.monotonic()
            elapsed, last = now - last, now
            with Truth() as truth, self.lock:
                if truth["epoch"] != self.epoch:
                    continue
                faults = truth["faults"]
                rate = float((faults.get("copy-rate") or [5000 * self.speed])[0])
                if "writes" in faults and self.number == 1:
                    writes += elapsed * float(faults["writes"][0])
                    while writes >= 1:
                        writes -= 1
                        self.assert_in(truth, {"concept_path": "load/test", "predicate": "n", "value": 1})
                before = (dict(self.held), self.seen_writes)
                self.copy(truth, rate * elapsed)
                self.move(truth, elapsed)
                self.drain(truth, elapsed)
                truth["held"][self.id] = self.held
                if (self.held, self.seen_writes) != before:
                    self.save()

    def copy(self, truth, budget):
        reachable = {}
        lost = truth["faults"].get("lose-writes", [None])[0] == self.id
        for shard in truth["shards"]:
            id, mine = shard["id"], self.held.get(shard["id"], 0)
            if self.id not in shard["replicas"] and shard.get("target") != self.id:
                if self.config:
                    self.held.pop(id, None)
                continue
            missing = shard["assertions"] - mine - (shard.get("written", 0) if lost else 0)
            if missing <= 0 or budget < 1:
                continue
            for source in shard["replicas"]:
                if source != self.id and self.peers.get(source, {}).get("held", {}).get(id, 0) > mine:
                    if source not in reachable:
                        reachable[source] = self.reaches(source)
                    if reachable[source]:
                        available = self.peers[source]["held"][id] - mine
                        step = int(min(missing, budget, available))
                        if shard.get("target") == self.id and self.id not in shard["replicas"]:
                            if "shard-stuck" in truth["faults"] or "shard-fail" in truth["faults"]:
                                step = min(step, max(0, shard["assertions"] // 2 - mine))
                        self.held[id] = mine + step
                        budget -= step
                        break
        if not lost:
            # What was written before this node came is in what it copies.
            whole = all(self.held.get(s["id"], 0) >= s["assertions"]
                        for s in truth["shards"] if self.id in s["replicas"])
            if whole:
                self.seen_writes = len(truth["writes"])

    def move(self, truth, elapsed):
        """The node that takes a shard moves it."""
        for shard in truth["shards"]:
            if shard.get("target") != self.id:
                continue
            shard["since"] = shard.get("since", 0) + elapsed * self.speed
            if shard["rebalance_status"] == "pending" and shard["since"] > 2:
                shard["rebalance_status"] = "moving"
            if shard["rebalance_status"] != "moving":
                continue
            if "shard-fail" in truth["faults"] and shard["since"] > 4:
                shard["rebalance_status"] = "failed"
                shard.pop("target"), shard.pop("since")
                self.held.pop(shard["id"], None)
            elif self.held.get(shard["id"], 0) >= shard["assertions"]:
                shard["replicas"] = sorted({self.id, *shard["replicas"]} - {shard["owner"]})
                shard["owner"] = self.id
                shard["rebalance_status"] = "done"
                shard.pop("target"), shard.pop("since")

    def drain(self, truth, elapsed):
        """The node that was asked to remove another one sees to it that its shards have other homes first."""
        for id, drain in list(truth["draining"].items()):
            if drain["by"] != self.id:
                continue
            drain["since"] += elapsed * self.speed
            if drain["force"]:
                truth["shards"] = [s for s in truth["shards"] if s["replicas"] != [id]]
            elif "drain-stuck" in truth["faults"] or drain["since"] < 10:
                continue
            live = [other for other in self.up() if other != id]
            whole = True
            for shard in truth["shards"]:
                if id not in shard["replicas"]:
                    continue
                others = [r for r in shard["replicas"] if r != id and r in live]
                wanted = min(FACTOR, len(live))
                if len(others) < wanted and not drain["force"]:
                    new = next(r for r in live if r not in others)
                    shard["replicas"] = sorted({*shard["replicas"], new})
                    others.append(new)
                copies = [r for r in others if truth["held"].get(r, {}).get(shard["id"], 0) >= shard["assertions"]]
                whole = whole and (len(copies) >= wanted or drain["force"])
            if not whole:
                continue
            for shard in truth["shards"]:
                shard["replicas"] = [r for r in shard["replicas"] if r != id]
                if shard["owner"] == id and shard["replicas"]:
                    shard["owner"] = min(shard["replicas"])
            truth["draining"].pop(id)
            truth["held"].pop(id, None)
            with self.lock:
                self.left[id] = max(self.peers.get(id, {"started": 0})["started"], time.time())
                self.peers.pop(id, None)
            print(f"swim: {id} left", flush=True)

    def assert_in(self, truth, body):
        index = int(hashlib.sha256(str(body.get("concept_path")).encode()).hexdigest(), 16) % len(truth["shards"])
        shard = next((s for s in truth["shards"][index:] + truth["shards"] if self.id in s["replicas"]), None)
        if shard is None:
            return False
        shard["assertions"] += 1
        shard["written"] = shard.get("written", 0) + 1
        self.held[shard["id"]] = self.held.get(shard["id"], 0) + 1
        truth["writes"].append({**{k: body.get(k) for k in ("concept_path", "predicate", "value")}, "by": self.id})
        return True


# --- What it answers ----------------------------------------------------------------------------------------------------

DOCUMENTED = {
    ("GET", "/cluster/members"): "members", ("GET", "/cluster/health"): "cluster_health",
    ("GET", "/cluster/shards"): "shards", ("POST", "/cluster/sync"): "sync",
    ("POST", "/admin/shards/rebalance"): "rebalance", ("POST", "/admin/cluster/remove"): "remove",
}
ACTUAL = {
    ("GET", "/v1/admin/cluster"): "cluster", ("POST", "/v1/admin/sync"): "sync", ("GET", "/v1/shards"): "shards",
    ("POST", "/v1/admin/cluster/remove"): "remove",
}
API = {
    ("GET", "/v1/health"): "health", ("GET", "/metrics"): "metrics", ("POST", "/v1/assert"): "assertion",
    ("POST", "/v1/query"): "query",
}


class Handler(BaseHTTPRequestHandler):
    server_of = None
    ports = set()
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        server = self.server_of
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        faults = server.faults()
        code, body = self.outcome(server, text, faults)
        fault = faults.get("answer")
        payload = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        data = payload.encode()
        if fault and fault[0] == server.id and self.path.startswith(fault[1]):
            code, kind, data = self.spoilt(fault[2], code, kind, data)
        log(server.node, f"{self.command} {self.path}" + (f" {text}" if text else ""),
            "no answer" if data is None else f"{code} {payload[:200]}")
        if data is None:
            self.close_connection = True
            return
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def spoilt(self, fault, code, kind, data):
        if fault == "hang":
            time.sleep(30)
        if fault in ("close", "hang"):
            return code, kind, None
        if fault == "stale":  # as a proxy's cache would: before the newest member came, and with one that is gone
            stale = json.loads(data)
            stale["members"] = stale["members"][:-1] + [{"id": "node9", "status": "UP", "assertion_count": 9000}]
            return code, kind, json.dumps(stale).encode()
        return {
            "garbage": (200, kind, b"\x00\xff\xfe{]" * 20), "half": (200, kind, data[:len(data) // 2]),
            "html": (200, "text/html", b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>"),
            "500": (500, "application/json", b'{"error":"internal error"}'), "empty": (200, kind, b""),
        }[fault]

    def outcome(self, server, text, faults):
        actual = faults.get("profile") == ["actual"]
        routes = {}
        if "api" in self.ports:
            routes.update(API)
        if "api" in self.ports if actual else "gateway" in self.ports:
            routes.update(ACTUAL if actual else DOCUMENTED)
        name = routes.get((self.command, self.path))
        shard = re.fullmatch(r"/v1/shards/([\w-]+)(/rebalance)?", self.path)
        body = {}
        if text:
            try:
                body = json.loads(text)
            except ValueError:
                return 400, {"error": "the body is not JSON"}
        if actual and shard and "api" in self.ports:
            name = "rebalance" if shard[2] and self.command == "POST" else "one_shard"
            body = {**body, "shard_id": shard[1]}
        if name is None:
            return 404, {"error": f"no route for {self.command} {self.path}"}
        if server.config is None and name not in API.values():
            return 404, {"error": "cluster mode is off"}
        if server.is_removed and name != "health":
            return 410, {"error": "this node was removed from the cluster"}
        return getattr(self, name)(server, body)

    def health(self, server, _):
        if server.is_removed:
            return 503, {"status": "removed", "assertion_count": server.count()}
        return 200, {"status": "healthy", "assertion_count": server.count()}

    def members(self, server, _):
        return 200, {"members": server.members()}

    def cluster_health(self, server, _):
        members, up = server.members(), server.up()
        has_quorum = len(up) > len(members) / 2
        return 200, {"status": "healthy" if len(up) == len(members) else "degraded", "quorum": has_quorum}

    def cluster(self, server, _):
        return 200, {**self.cluster_health(server, None)[1], "members": server.members()}

    def shown(self, shard):
        return {key: shard[key] for key in ("id", "owner", "replicas", "rebalance_status")}

    def shards(self, server, _):
        with Truth() as truth:
            return 200, {"shards": [self.shown(shard) for shard in truth["shards"]]}

    def one_shard(self, server, body):
        with Truth() as truth:
            for shard in truth["shards"]:
                if shard["id"] == body["shard_id"]:
                    return 200, self.shown(shard)
        return 404, {"error": "no such shard"}

    def sync(self, server, body):
        targets = body.get("target_nodes")
        if not isinstance(targets, list) or not isinstance(body.get("force"), bool):
            return 400, {"error": "target_nodes and force are needed"}
        known = [member["id"] for member in server.members()]
        if unknown := [id for id in targets if id not in known]:
            return 404, {"error": f"unknown node {unknown[0]}"}
        with Truth() as truth:
            for shard in truth["shards"]:
                for id in targets:
                    is_short = len(shard["replicas"]) < FACTOR
                    if id not in shard["replicas"] and ("placement" not in truth["faults"] or is_short):
                        shard["replicas"] = sorted([*shard["replicas"], id])
        return 202, {"status": "accepted", "target_nodes": targets}

    def rebalance(self, server, body):
        if set(body) - {"shard_id", "target_node", "reason"} or "target_node" not in body:
            return 400, {"error": "shard_id, target_node and reason are needed"}
        if body["target_node"] not in server.up():
            return 404, {"error": f"{body['target_node']} is not UP"}
        with Truth() as truth:
            for shard in truth["shards"]:
                if shard["id"] == body["shard_id"]:
                    if body["target_node"] in shard["replicas"] or "target" in shard:
                        return 409, {"error": f"{shard['id']} is there already, or moves"}
                    shard.update(target=body["target_node"], since=0, rebalance_status="pending")
                    return 202, {"status": "accepted", "shard_id": shard["id"]}
        return 404, {"error": "no such shard"}

    def remove(self, server, body):
        id, force = body.get("node_id"), body.get("force")
        if not isinstance(id, str) or not isinstance(force, bool):
            return 400, {"error": "node_id and force are needed"}
        if id == server.id:
            return 400, {"error": "a node does not remove itself: ask another one"}
        statuses = {member["id"]: member["status"] for member in server.members()}
        if id not in statuses:
            return 404, {"error": f"{id} is not a member"}
        with Truth() as truth:
            sole = [s["id"] for s in truth["shards"] if not any(
                r != id and statuses.get(r) == "UP" for r in s["replicas"])]
            if sole and not force and statuses[id] != "UP":
                return 409, {"error": f"sole copy of {len(sole)} shards would be lost", "shards": sole}
            begun = truth["draining"].get(id, {}).get("since", 0)
            truth["draining"][id] = {"by": server.id, "force": force, "since": begun}
        return 202, {"status": "removing" if force else "draining", "node_id": id}

    def metrics(self, server, _):
        fault = (server.faults().get("metrics") or [""])[0]
        if fault == "refuse":
            return 503, {"error": "metrics are off"}
        prefix = "stemedb_" if server.faults().get("profile") == ["actual"] else ""
        lines = ["# TYPE assertion_count gauge", f"assertion_count {server.count()}"]
        slow = 2.5 if "slow" in server.faults() else 0.04
        lines += ["# TYPE query_latency_seconds summary", f'query_latency_seconds{{quantile="0.99"}} {slow}']
        if server.config:
            lines += ["# TYPE cluster_members gauge", f"cluster_members {len(server.members())}"]
        if server.config and fault != "absent":
            with Truth() as truth:
                most = truth["shards"]
                held = truth["held"]
            lines.append(f"# TYPE {prefix}replication_lag_seconds gauge")
            for member in server.members():
                mine = held.get(member["id"], {})
                missing = sum(s["assertions"] - mine.get(s["id"], 0) for s in most if member["id"] in s["replicas"])
                lag = 0.02 + missing / 5000 + (12.5 if fault == "lag" and member["id"] != server.id else 0)
                if member["status"] == "DOWN":
                    lag += 60
                shown = "NaN" if fault == "nan" else f"{lag:.3f}"
                lines.append(f'{prefix}replication_lag_seconds{{replica="{member["id"]}"}} {shown}')
        return 200, "\n".join(lines) + "\n"

    def assertion(self, server, body):
        if not body.get("concept_path") or "value" not in body:
            return 400, {"error": "concept_path, predicate and value are needed"}
        with Truth() as truth, server.lock:
            if not server.assert_in(truth, body):
                return 503, {"error": "this node has no shard for it"}
        return 201, {"status": "accepted"}

    def query(self, server, body):
        if not body.get("concept_path"):
            return 400, {"error": "concept_path is needed"}
        with Truth() as truth:
            known = [w for i, w in enumerate(truth["writes"]) if i < server.seen_writes or w["by"] == server.id]
        found = [w for w in known if w["concept_path"] == body["concept_path"]][-1:]
        return 200, {"assertions": [{k: w[k] for k in ("concept_path", "predicate", "value")} for w in found]}


# --- Commands of others -------------------------------------------------------------------------------------------------

def aws(words):
    """Records, checks its arguments strictly, and answers as the AWS CLI does."""
    def fail(code, message):
        log(os.uname().nodename, "aws " + " ".join(words), f"exit {code}: {message}")
        print(message, file=sys.stderr)
        sys.exit(code)

    shapes = {
        "authorize-security-group-ingress": ({"--group-id", "--source-group", "--protocol", "--port"}, set()),
        "revoke-security-group-ingress": ({"--group-id", "--source-group", "--protocol", "--port"}, set()),
        "describe-security-groups": ({"--group-ids"}, set()),
        "run-instances": ({"--image-id", "--instance-type", "--subnet-id", "--security-group-ids"},
                          {"--count", "--tag-specifications", "--client-token"}),
        "describe-instances": (set(), {"--filters", "--instance-ids"}),
        "terminate-instances": ({"--instance-ids"}, set()),
    }
    if len(words) < 2 or words[0] != "ec2" or words[1] not in shapes:
        fail(252, "aws: error: argument operation: Invalid choice")
    operation, options = words[1], {}
    rest = words[2:]
    while rest:
        if rest[0] in ("--output", "--region") and len(rest) > 1:
            rest = rest[2:]
            continue
        if not rest[0].startswith("--") or len(rest) < 2 or rest[0] in options:
            fail(252, f"Unknown options: {rest[0]}")
        options[rest[0]], rest = rest[1], rest[2:]
    needed, more = shapes[operation]
    if missing := needed - set(options):
        fail(252, f"aws: error: the following arguments are required: {', '.join(sorted(missing))}")
    if unknown := set(options) - needed - more:
        fail(252, f"Unknown options: {', '.join(sorted(unknown))}")
    for key, pattern in {"--group-id": r"sg-[0-9a-f]+", "--source-group": r"sg-[0-9a-f]+", "--protocol": r"tcp|udp",
                         "--port": r"\d+(-\d+)?", "--count": "1", "--image-id": r"ami-[0-9a-f]+",
                         "--subnet-id": r"subnet-[0-9a-f]+", "--security-group-ids": r"sg-[0-9a-f]+",
                         "--instance-type": r"[a-z0-9]+\.[a-z0-9]+"}.items():
        if key in options and not re.fullmatch(pattern, options[key]):
            fail(252, f"Invalid value for {key}: {options[key]}")
    name = "".join(part.capitalize() for part in operation.split("-"))

    def refuse(code, why):
        fail(254, f"An error occurred ({code}) when calling the {name} operation: {why}")

    with Truth() as truth:
        cloud = truth["aws"]
        if not operation.startswith("describe") and "aws" in truth["faults"]:
            reason = truth["faults"].pop("aws")[0]
            write(f"{SHARED}/truth.json", json.dumps(truth, sort_keys=True))
            refuse(reason, "refused for a test")
        if operation == "run-instances":
            answer = aws_run(cloud, options, refuse)
        elif operation == "terminate-instances":
            if options["--instance-ids"] not in cloud["instances"]:
                refuse("InvalidInstanceID.NotFound", f"The instance ID '{options['--instance-ids']}' does not exist")
            cloud["instances"][options["--instance-ids"]]["State"]["Name"] = "terminated"
            answer = {"TerminatingInstances": [{"InstanceId": options["--instance-ids"]}]}
        elif operation == "describe-instances":
            found = re.fullmatch(r"Name=tag:([\w-]+),Values=(.+)", options.get("--filters", "Name=tag:x,Values=y"))
            tag = {"Key": found[1], "Value": found[2]} if found else refuse("InvalidParameterValue", "filters")
            answer = {"Reservations": [{"Instances": [i]} for i in cloud["instances"].values()
                                       if tag in i["Tags"] and i["State"]["Name"] != "terminated"]}
        else:
            answer = aws_rules(cloud, operation, options, refuse)
    log(os.uname().nodename, "aws " + " ".join(words), "exit 0")
    print(json.dumps(answer, indent=4))


def aws_run(cloud, options, refuse):
    token = options.get("--client-token")
    for instance in cloud["instances"].values():
        if token and instance["ClientToken"] == token:
            return {"Instances": [instance]}
    found = re.fullmatch(r"ResourceType=instance,Tags=\[(.*)\]", options.get("--tag-specifications", ""))
    tags = re.findall(r"\{Key=([^,{}]+),Value=([^{}]*)\}", found[1]) if found else []
    if len({key for key, _ in tags}) != len(tags):
        refuse("InvalidParameterValue", "Duplicate tag key 'Name' specified.")
    number = len(cloud["instances"]) + 1
    instance = {"InstanceId": f"i-{number:017x}", "PrivateIpAddress": f"10.0.1.{60 + number}", "ClientToken": token,
                "State": {"Name": "pending"}, "Tags": [{"Key": key, "Value": value} for key, value in tags]}
    cloud["instances"][instance["InstanceId"]] = instance
    return {"Instances": [instance]}


def aws_rules(cloud, operation, options, refuse):
    group = options.get("--group-id") or options["--group-ids"]
    if group not in cloud["rules"]:
        refuse("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    rules = cloud["rules"][group]
    if operation == "describe-security-groups":
        return {"SecurityGroups": [{"GroupId": group, "IpPermissions": [
            {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "UserIdGroupPairs": [{"GroupId": source}]}
            for protocol, first, last, source in rules]}]}
    first, _, last = options["--port"].partition("-")
    rule = [options["--protocol"], int(first), int(last or first), options["--source-group"]]
    if operation.startswith("authorize"):
        if rule in rules:
            refuse("InvalidPermission.Duplicate", "the specified rule already exists")
        rules.append(rule)
    elif rule in rules:
        rules.remove(rule)
    else:
        refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    return {"Return": True}


def envoy(words):
    """`envoy --mode validate -c FILE`, for the part of Envoy's configuration that names clusters."""
    if words[:3] != ["--mode", "validate", "-c"] or len(words) != 4:
        sys.exit("envoy: only --mode validate -c FILE is played")
    problems = []
    try:
        resources = json.loads(read(words[3]) or "")["resources"]
        for cluster in resources:
            extra = set(cluster) - {"@type", "name", "type", "connect_timeout", "load_assignment", "health_checks"}
            if extra or cluster["@type"] != "type.googleapis.com/envoy.config.cluster.v3.Cluster":
                problems.append(f"unknown field {sorted(extra)}")
            if cluster["load_assignment"]["cluster_name"] != cluster["name"]:
                problems.append("cluster_name differs from name")
            for group in cluster["load_assignment"]["endpoints"]:
                for one in group["lb_endpoints"]:
                    place = one["endpoint"]["address"]["socket_address"]
                    if set(place) != {"address", "port_value"} or not isinstance(place["port_value"], int):
                        problems.append("a socket_address needs address and port_value")
            for check in cluster["health_checks"]:
                if not {"timeout", "interval", "unhealthy_threshold", "healthy_threshold"} <= set(check):
                    problems.append("a health check needs timeout, interval and thresholds")
    except (ValueError, KeyError, TypeError) as error:
        problems.append(f"{type(error).__name__}: {error}")
    log(os.uname().nodename, "envoy " + " ".join(words), problems[0] if problems else "OK")
    if problems:
        sys.exit(f"error initializing configuration '{words[3]}': {problems[0]}")
    print(f"configuration '{words[3]}' OK")


# --- What the lab asks --------------------------------------------------------------------------------------------------

def describe():
    nodes = json.load(sys.stdin)["nodes"]
    print(json.dumps({
        "service": "stemedb-api", "cluster": {},
        "nodes": {node["name"]: {
            "node_id": member_id(node), "release_url": f"file://{SHARED}/releases", "free_bytes": 100_000_000,
            **({"role": "balancer"} if node == nodes[-1] and node["role"] == "spare" else {}),
        } for node in nodes}}))


def settings(here, node):
    """What a member's installer has left behind: one that stands alone has no cluster.toml."""
    shutil.rmtree("/data", ignore_errors=True)
    shutil.rmtree("/etc/stemedb", ignore_errors=True)
    os.makedirs("/etc/stemedb")
    os.makedirs("/etc/envoy", exist_ok=True)
    for path in (BINARY, "/etc/nginx/conf.d/stemedb.conf", "/etc/envoy/stemedb-cds.json"):
        if os.path.lexists(path):
            os.unlink(path)
    members = [n for n in here["nodes"] if n["role"] == "member"]
    if node not in members:
        os.makedirs("/data")
        return
    write(BINARY, LAUNCHER % (VERSION, VERSION), 0o755)
    user = pwd.getpwnam("stemedb")
    for directory in ("/data", "/data/wal", "/data/db"):
        os.makedirs(directory)
        os.chown(directory, user.pw_uid, user.pw_gid)
    sizes = {s["id"]: s["assertions"] for s in fresh_truth(here["nodes"], [])["shards"]}
    write(DATA, json.dumps({"held": sizes, "writes": 0}), owner="stemedb")
    if len(members) > 1:
        write(CONFIG, cluster_toml(node, [n for n in members if n != node]))


def cluster_toml(node, others):
    seeds = ",\n".join(f'  "{other["address"]}:18183"' for other in others)
    address = node["address"]
    return (f'[cluster]\nenabled = true\nnode_id = "{member_id(node)}"\nbind_addr = "{address}:18181"\n'
            f'rpc_addr = "{address}:18182"\nswim_addr = "{address}:18183"\nseeds = [\n{seeds}\n]\n\n'
            f"[replication]\nfactor = {FACTOR}\n")


def install():
    here = standin()
    node = next(n for n in here["nodes"] if n["name"] == here["node"])
    script = os.path.realpath(__file__)
    py_compile.compile(script, doraise=True)
    os.chmod(os.path.dirname(script), 0o755)  # the server is not root
    os.unlink("/usr/local/bin/standin")  # a link to the script itself
    for name in ("standin", "aws", "envoy"):
        write(f"/usr/local/bin/{name}", COMMAND, 0o755)
    subprocess.run(["useradd", "--system", "--no-create-home", "stemedb"], check=True)
    write("/etc/systemd/system/stemedb-api.service", UNIT)
    if node["role"] == "member":
        os.symlink("/etc/systemd/system/stemedb-api.service",
                   "/etc/systemd/system/multi-user.target.wants/stemedb-api.service")
    os.chmod(SHARED, 0o777)
    os.umask(0)
    with Truth() as truth:
        if not truth:
            truth.update(fresh_truth(here["nodes"], []))
    if os.path.exists("/usr/sbin/nginx"):
        balancer()
    for version in (VERSION, "0.2.0"):
        write(f"{SHARED}/releases/v{version}/stemedb-api", LAUNCHER % (version, version), 0o755)
    settings(here, node)


def balancer():
    """Every node could be the balancer: nginx is there, off, with a certificate."""
    os.makedirs("/etc/nginx/tls", exist_ok=True)
    for path in ("/etc/nginx/sites-enabled/default", "/etc/systemd/system/multi-user.target.wants/nginx.service"):
        if os.path.lexists(path):
            os.unlink(path)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9",
         "-subj", "/CN=stemedb", "-addext", "subjectAltName=DNS:stemedb.example.com,IP:127.0.0.1",
         "-keyout", "/etc/nginx/tls/stemedb.key", "-out", "/etc/nginx/tls/stemedb.crt"],
        check=True, capture_output=True)


def reset():
    here = standin()
    node = next(n for n in here["nodes"] if n["name"] == here["node"])
    subprocess.run(["systemctl", "disable", "--quiet", "stemedb-api"], capture_output=True)
    subprocess.run(["systemctl", "stop", "stemedb-api", "nginx"], capture_output=True)
    subprocess.run(["systemctl", "reset-failed"], capture_output=True)
    os.umask(0)
    with Truth() as truth:
        resets = truth.get("resets", [])
        # The first one of a round begins anew; the others find that it has.
        if not resets or here["node"] in resets or len(resets) == len(here["nodes"]):
            truth.clear()
            truth.update(fresh_truth(here["nodes"], [here["node"]]))
            write(f"{SHARED}/calls.jsonl", "")
        else:
            resets.append(here["node"])
        truth["held"].pop(member_id(node), None)
    settings(here, node)
    if node["role"] == "member":
        subprocess.run(["systemctl", "enable", "--quiet", "stemedb-api"], check=True)
        subprocess.run(["systemctl", "start", "stemedb-api"], check=True)


def get(address, port, path):
    request = f"GET {path} HTTP/1.0\r\n\r\n".encode()
    with socket.create_connection((address, port), timeout=2) as connection:
        connection.sendall(request)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    return json.loads(data.split(b"\r\n\r\n", 1)[1])


def ready():
    here = standin()
    members = [n for n in here["nodes"] if n["role"] == "member"]
    node = next(n for n in members if n["name"] == here["node"])
    try:
        healthy = get("127.0.0.1", 18180, "/v1/health") == {"status": "healthy", "assertion_count": TOTAL}
        if len(members) > 1:
            seen = get(node["address"], 18181, "/cluster/members")["members"]
            healthy = healthy and [(m["id"], m["status"], m["assertion_count"]) for m in seen] == [
                (member_id(n), "UP", TOTAL) for n in members]
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"not ready: {error}")
    sys.exit(0 if healthy else "not ready: not all members are seen with all of their data")


def snapshot():
    """The cluster's own state, as the first node that answers knows it, and the cloud's."""
    here = standin()
    statuses = None
    routes = [(18181, "/cluster/members"), (18180, "/v1/admin/cluster")]
    for node, (port, path) in [(node, route) for node in here["nodes"] for route in routes]:
        try:
            statuses = {m["id"]: m["status"] for m in get(node["address"], port, path)["members"]}
            break
        except (OSError, ValueError, KeyError):
            continue
    with Truth() as truth:
        shards = [[s["id"], s["owner"], sorted(s["replicas"]), s["assertions"]] for s in truth["shards"]]
        held = {id: sum(truth["held"].get(id, {}).values()) for id in statuses or {}}
        alive = [i for i in truth["aws"]["instances"].values() if i["State"]["Name"] != "terminated"]
        print(json.dumps({"members": statuses, "shards": shards, "held": held, "draining": sorted(truth["draining"]),
                          "rules": sorted(truth["aws"]["rules"].items()), "instances": alive}, indent=1))


def local():
    """What this node has of its own: settings, program, data, service; not what was set aside."""
    files = {}
    for top in ("/etc/stemedb", "/data", BINARY, "/etc/nginx/conf.d/stemedb.conf", "/etc/envoy"):
        for directory, _, names in os.walk(top):
            kept = not re.search(r"\.(set-aside|made-during|removed)-", directory)
            files.update({f"{directory}/": "directory"} if kept else {})
            for name in names if kept else []:
                path = f"{directory}/{name}"
                content = open(path, "rb").read() if not path.startswith("/data") else b""
                files[path] = hashlib.sha256(content).hexdigest()[:12]
        if os.path.isfile(top):
            files[top] = hashlib.sha256(open(top, "rb").read()).hexdigest()[:12]
    for unit in ("stemedb-api", "nginx"):
        for what in ("is-active", "is-enabled"):
            said = subprocess.run(["systemctl", what, unit], capture_output=True, text=True).stdout.strip()
            files[f"{unit} {what}"] = "inactive" if said == "failed" else said  # either way it does not run
    print(json.dumps(files, indent=1, sort_keys=True))


def fault(words):
    os.umask(0)
    with Truth() as truth:
        name, *rest = words
        truth["faults"][name] = rest
        if name == "sole-copy":
            truth["shards"][0].update(replicas=[rest[0]], owner=rest[0])
        if name == "placement":
            everyone = sorted({r for s in truth["shards"] for r in s["replicas"]})
            fewer = [id for id in everyone if id not in rest[1:]]
            for i, shard in enumerate(truth["shards"]):
                ids, first = (fewer, i // 2) if fewer != everyone and i % 2 == 0 else (everyone, i)
                shard["owner"] = ids[first % len(ids)]
                shard["replicas"] = sorted(ids[(first + k) % len(ids)] for k in range(FACTOR))
    log("", "fault " + " ".join(words), "")


def heal(words):
    os.umask(0)
    with Truth() as truth:
        for name in words or list(truth["faults"]):
            truth["faults"].pop(name, None)
    log("", "heal " + " ".join(words), "")


def serve(words):
    if words[1:] == ["--version"]:
        print(f"stemedb-api {words[0]}")
        return
    os.umask(0o022)
    try:
        Server(words[0]).run()
    except (ConfigurationError, OSError) as error:
        print(f"fatal: {error}", flush=True)
        sys.exit(1)


def main():
    name = os.path.basename(sys.argv[0])
    words = sys.argv[1:]
    if name == "aws":
        aws(words)
    elif name == "envoy":
        envoy(words)
    elif words and words[0] == "stemedb-api":
        serve(words[1:])
    elif words and words[0] in ("fault", "heal"):
        (fault if words[0] == "fault" else heal)(words[1:])
    elif words and words[0] in ("describe", "install", "ready", "reset", "snapshot", "local"):
        globals()[words[0]]()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
