#!/usr/bin/python3 -I
"""Plays Chainfire on the machines of a lab: see README.md beside this file.

Each server keeps its own log (an index that grows), term and membership in its data directory, and knows of the others
only what they tell it over the network: who is cut off, stopped, wiped or has the wrong certificate really is. Raft is
played with leases, votes and a quorum check, so that leaders are elected and resign as they would.
"""
import json, os, socket, sys, threading, time

SHARED, SETTINGS = "/srv/standin", "/etc/standin.json"
CONFIG, CERTS, DATA, BACKUPS = "/etc/centra-cloud/chainfire.toml", "/etc/centra-cloud/certs", "/var/lib/chainfire", "/var/backups/chainfire"
CLOSED = "/etc/standin-effective.json"
COMMANDS = ["chainfire-server", "chainfire-client", "firewall-cmd", "rocksdb_ldb", "iostat"]
UNIT = f"""[Unit]
Description=Chainfire
StartLimitIntervalSec=0
[Service]
User=chainfire
ExecStart=/usr/local/bin/chainfire-server --config {CONFIG}
[Install]
WantedBy=multi-user.target
"""
LAUNCHER = """#!/usr/bin/python3 -I
import sys
sys.path.insert(0, "/usr/local/lib/standin")
import standin
sys.exit(standin.main())
"""
WRITES_PER_SECOND, CATCH_UP_PER_SECOND, PROMOTABLE_LAG = 5, 500, 500
FIRST_INDEX, FIRST_TERM, BACKUP_INDEX = 12345, 3, 11000


# ---- the lab: what this node is, faults, the log of calls ----

def read_json(path, default=None):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return default


def write_whole(path, text, mode=0o644):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.chmod(path + ".new", mode)
    os.rename(path + ".new", path)


def lab():
    value = read_json(SETTINGS)
    value["speed"] = float(value["settings"].get("speed", "1"))
    value["tls"] = value["settings"].get("profile") == "tls"
    value["self"] = next(node for node in value["nodes"] if node["name"] == value["node"])
    return value


def patience():
    """Seconds after which a client gives up, 30 in truth."""
    return max(4.0, 30 / lab()["speed"])


def faults():
    return read_json(f"{SHARED}/faults.json", {})


def fault_here(name):
    """The words of a fault if it is meant for this node: `NAME NODE …`, or `NAME …` for all."""
    words = faults().get(name)
    names = [node["name"] for node in lab()["nodes"]]
    if words is None or (words and words[0] in names and words[0] != lab()["node"]):
        return None
    return [word for word in words if word not in names]


def log_call(call, result):
    line = {"time": round(time.time(), 3), "node": lab()["node"], "call": call, "result": result.split("\n")[0]}
    with open(f"{SHARED}/calls.jsonl", "a") as file:
        file.write(json.dumps(line) + "\n")


def sh(command, check=True):
    import subprocess
    return subprocess.run(["sh", "-c", command], check=check, capture_output=True, text=True).stdout


# ---- the server ----

class Refused(Exception):
    """What the server answers to a request it does not carry out."""


def read_config(path):
    """As a real server would: what is missing or wrong ends it."""
    import tomllib
    with open(path, "rb") as file:
        config = tomllib.load(file)
    for section, keys in {"node": ["id", "name"], "cluster": ["id", "bootstrap"], "storage": ["data_dir"],
                          "network": ["api_addr", "raft_addr", "gossip_addr"], "raft": ["role"]}.items():
        for key in keys:
            if key not in config.get(section, {}):
                raise ValueError(f"missing field `{section}.{key}`")
    if config["raft"]["role"] not in ("voter", "learner"):
        raise ValueError("raft.role must be \"voter\" or \"learner\"")
    if not 10 <= config["raft"].get("tick_interval_ms", 100) <= 1000:
        raise ValueError("raft.tick_interval_ms must be between 10 and 1000")
    for key, value in config["storage"].items():
        if key not in ("data_dir", "use_direct_io_for_flush_and_compaction") and not isinstance(value, int):
            raise ValueError(f"storage.{key} must be a number")
    if fault_here("small-memory") is not None and config["storage"].get("write_buffer_size", 0) > 100_000_000:
        raise ValueError("storage.write_buffer_size: cannot allocate memory")
    return config


def contexts(tls):
    """TLS for the one who listens and the one who calls, or nothing of both."""
    if tls is None:
        return None, None
    import ssl                              # late, as a client without TLS starts in half the time
    if os.stat(tls["key_file"]).st_mode & 0o077:
        raise ValueError(f"tls: private key {tls['key_file']} must not be readable by others (mode 0600)")
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    calling = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for context in listening, calling:
        context.load_cert_chain(tls["cert_file"], tls["key_file"])
        context.load_verify_locations(tls["ca_file"])
    if tls.get("require_client_cert"):
        listening.verify_mode = ssl.CERT_REQUIRED
    return listening, calling


def distrust(error):
    """What is wrong with a certificate, if that is the error."""
    ssl = sys.modules.get("ssl")
    if ssl is None or not isinstance(error, ssl.SSLError):
        return None
    return getattr(error, "verify_message", "") or error.reason


def connect(url, context, timeout):
    host, _, port = url.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout)
    if context:
        try:
            return context.wrap_socket(connection, server_hostname=host)
        except (OSError, ValueError):
            connection.close()
            raise
    return connection


def receive_all(connection, limit=1 << 20):
    parts, size = [], 0
    while size < limit:
        part = connection.recv(65536)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def listen(address, context, answer):
    """Answers each connection in a thread of its own."""
    host, _, port = address.rpartition(":")
    host = "127.0.0.1" if port in read_json(CLOSED, []) else host
    server = socket.create_server((host, int(port)), backlog=64, reuse_port=False)

    def one(connection):
        try:
            connection.settimeout(patience() + 5)
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            answer(connection)
        except (OSError, ValueError) as error:
            if distrust(error):
                say("ERROR", "network", f"tls: bad certificate: {error.reason}")
        finally:
            connection.close()

    def forever():
        while True:
            connection, _ = server.accept()
            threading.Thread(target=one, args=(connection,), daemon=True).start()
    threading.Thread(target=forever, daemon=True).start()


def say(level, part, text):
    print(f"{level} chainfire_{part}: {text}", flush=True)


class Server:
    FILE = "raft.json"

    def __init__(self, path):
        self.config = read_config(path)
        self.id = self.config["node"]["id"]
        self.directory = self.config["storage"]["data_dir"]
        self.listening, self.calling = contexts(self.config["network"].get("tls"))
        self.lock = threading.RLock()
        self.role, self.leader, self.heard, self.acks = "follower", None, time.monotonic(), {}
        self.warned, self.latencies, self.elections = {}, 0, 0
        self.wait_for_votes()
        self.load()
        if self.state["config"] == 1 and self.id == len(self.state["members"]):
            self.timeout = 0.3              # a new lab's last member leads it, and nobody waits for an election

    def load(self):
        path = os.path.join(self.directory, self.FILE)
        state = read_json(path)
        self.corrupt = os.path.exists(path) and (state is None or state.get("corrupt", False))
        if state is None:
            state = {"uid": None, "term": 0, "voted": None, "index": 0, "config": 0, "members": {}, "kv": {}}
            if self.config["cluster"]["bootstrap"] and not self.corrupt:
                address = lab()["self"]["address"]
                state.update(uid=f"own-{self.id}-{time.time_ns()}", index=1, config=1, members={str(self.id): {
                    "name": self.config["node"]["name"], "url": f"{address}:2380", "learner": False}})
        self.state = state
        if not self.corrupt:
            self.save()

    def save(self):
        if not self.corrupt:
            write_whole(os.path.join(self.directory, self.FILE), json.dumps(self.state), 0o600)

    # -- who is there --

    def voters(self):
        return {int(id) for id, member in self.state["members"].items() if not member["learner"]}

    def reached(self, seconds=2.5):
        """The voters that this leader heard of lately, itself among them."""
        now = time.monotonic()
        return {id for id in self.voters() if id == self.id or now - self.acks.get(id, {"at": 0})["at"] < seconds}

    def has_quorum(self):
        return len(self.reached()) > len(self.voters()) / 2

    def wait_for_votes(self):
        import random
        self.heard, self.timeout = time.monotonic(), random.uniform(1.5, 2.5)

    def warn(self, key, level, part, text):
        """Once a second at most for the same thing."""
        if time.monotonic() - self.warned.get(key, 0) > 1:
            self.warned[key] = time.monotonic()
            say(level, part, text)

    def exchange(self, url, message, timeout=1.0):
        try:
            with connect(url, self.calling, timeout) as connection:
                connection.sendall(json.dumps(message).encode() + b"\n")
                return json.loads(receive_all(connection))
        except (OSError, ValueError) as error:
            if distrust(error):
                self.warn(url, "ERROR", "network", f"certificate verify failed: {distrust(error)}, addr={url}")
                return {}
            what = "connection refused" if isinstance(error, ConnectionRefusedError) else "timeout" if isinstance(error, TimeoutError) else "unreachable"
            self.warn(url, "ERROR", "network", f"Failed to connect to peer, addr={url}: {what}")
        return {}

    # -- what peers ask --

    def answer_peer(self, connection):
        message = json.loads(connection.makefile("rb").readline(1 << 20))
        with self.lock:
            reply = {"hello": self.hello, "append": self.append, "vote": self.vote}[message["kind"]](message)
        connection.sendall(json.dumps(reply).encode())

    def hello(self, message):
        return {"id": self.id, "name": self.config["node"]["name"], "uid": self.state["uid"]}

    def append(self, message):
        state = self.state
        if message["to"] != self.id or (state["uid"] or message["uid"]) != message["uid"]:
            return {"error": "another cluster"}
        if message["term"] < state["term"]:
            return {"term": state["term"], "index": state["index"], "config": state["config"]}
        now = time.monotonic()
        if self.leader != message["leader"]:
            say("INFO", "raft", f"Following leader {message['leader']}, term={message['term']}")
        elapsed = min(1.0, now - self.heard) if self.leader == message["leader"] else 0.2
        self.role, self.leader, self.heard = "follower", message["leader"], now
        room = int(CATCH_UP_PER_SECOND * lab()["speed"] * elapsed) + 1
        if self.corrupt or fault_here("learner-stalls") is not None:
            room = 0
            if self.corrupt:
                self.warn("corrupt", "ERROR", "storage", f"corrupted log entry, index={state['index'] + 1}")
        else:
            state.update(members=message["members"], config=message["config"], kv=message["kv"])
        lag = message["index"] - state["index"]
        if lag > 1000:
            self.warn("lag", "WARN", "raft", f"Follower is behind leader, lag={lag}")
        state.update(uid=message["uid"], term=message["term"], index=min(message["index"], state["index"] + room))
        self.save()
        return {"term": state["term"], "index": state["index"], "config": state["config"]}

    def vote(self, message):
        state, now = self.state, time.monotonic()
        leads = self.role == "leader" and self.has_quorum()
        fresh = self.leader is not None and self.leader != message["candidate"] and now - self.heard < 1.0
        ahead = (message["config"], message["index"]) >= (state["config"], state["index"])
        if message["uid"] != state["uid"] or not ahead or leads or fresh or message["term"] <= state["term"] - (not message["pre"]):
            return {"term": state["term"], "granted": False}
        if message["pre"]:
            return {"term": state["term"], "granted": True}
        if message["term"] > state["term"]:
            state.update(term=message["term"], voted=None)
            self.role, self.leader = "follower", None
        granted = state["voted"] in (None, message["candidate"])
        if granted:
            state["voted"] = message["candidate"]
            self.wait_for_votes()
        self.save()
        return {"term": state["term"], "granted": granted}

    # -- leading, and becoming leader --

    def tick(self):
        import random
        before, closed = time.monotonic(), read_json(CLOSED, [])
        while True:
            time.sleep(0.1)
            if read_json(CLOSED, []) != closed:
                os.execv(sys.argv[0], sys.argv)
            now = time.monotonic()
            with self.lock:
                if self.role == "leader":
                    if self.id not in self.voters() or not self.has_quorum():
                        say("WARN", "raft", "Lost quorum, stepping down")
                        self.role, self.leader = "follower", None
                        self.wait_for_votes()
                    else:
                        self.state["index"] += sum(random.random() < WRITES_PER_SECOND * (now - before) / 4 for _ in range(4))
                        self.save()
                        if fault_here("resign") is not None:
                            self.resign()
                elif now - self.heard > self.timeout:
                    if self.leader is not None:
                        self.leader = None
                    if self.id in self.voters() and not self.corrupt and fault_here("no-election") is None:
                        threading.Thread(target=self.run_for_election, daemon=True).start()
                    if self.state["members"]:
                        self.warn("election", "WARN", "raft", "Election timeout, no heartbeat from leader")
                    self.wait_for_votes()
                if fault_here("crash-after-add") is not None and str(self.id) in self.state["members"]:
                    say("ERROR", "storage", "thread 'main' panicked")
                    os._exit(101)
            before = now

    def resign(self):
        """Gives leadership up once, and lets the others go first."""
        heal("resign")
        self.role, self.leader = "follower", None
        self.wait_for_votes()
        self.timeout += 4

    def run_for_election(self):
        for pre in (True, False):
            with self.lock:
                state = self.state
                if not pre:
                    state.update(term=state["term"] + 1, voted=self.id)
                    self.save()
                term = state["term"] + (1 if pre else 0)
                message = {"kind": "vote", "pre": pre, "uid": state["uid"], "term": term, "candidate": self.id,
                           "index": state["index"], "config": state["config"]}
                peers = [member["url"] for id, member in state["members"].items() if int(id) in self.voters() - {self.id}]
                needed = len(self.voters()) // 2 + 1
            replies = []
            threads = [threading.Thread(target=lambda url=url: replies.append(self.exchange(url, message))) for url in peers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(1.5)
            if 1 + sum(reply.get("granted", False) for reply in list(replies)) < needed:
                return
        with self.lock:
            if self.state["term"] == term and self.role != "leader":
                now = time.monotonic()
                self.role, self.leader = "leader", self.id
                self.acks = {id: {"at": now, "index": 0, "config": 0} for id in self.voters()}
                say("INFO", "raft", f"Leader elected, term={term}")

    def replicate(self):
        """One thread for each peer, as long as this one leads and the peer is a member."""
        busy = set()

        def send(id, url):
            with self.lock:
                state = self.state
                message = {"kind": "append", "to": id, "uid": state["uid"], "term": state["term"], "leader": self.id,
                           "index": state["index"], "config": state["config"], "members": state["members"], "kv": state["kv"]}
            reply = self.exchange(url, message)
            with self.lock:
                if reply.get("term", 0) > self.state["term"]:
                    self.state.update(term=reply["term"], voted=None)
                    self.role, self.leader = "follower", None
                elif "index" in reply:
                    self.acks[id] = {"at": time.monotonic(), "index": reply["index"], "config": reply["config"]}
            busy.discard(id)
        while True:
            time.sleep(0.15)
            with self.lock:
                peers = {int(id): member["url"] for id, member in self.state["members"].items() if int(id) != self.id}
                leads = self.role == "leader"
            for id, url in peers.items() if leads else ():
                if id not in busy:
                    busy.add(id)
                    threading.Thread(target=send, args=(id, url), daemon=True).start()

    # -- what clients ask --

    def answer_client(self, connection):
        stream = connection.makefile("rb")
        path = stream.readline(65536).decode().split(" ")[1]
        length = 0
        for line in iter(lambda: stream.readline(65536), b""):
            if not line.strip():
                break
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        body = json.loads(stream.read(min(length, 65536)) or b"{}")
        status, text = 200, ""
        try:
            text = self.answered_badly(path)
            if text is None:
                text = getattr(self, "do_" + path.strip("/").replace("-", "_"), self.unknown)(body)
        except Refused as refusal:
            status, text = 409, str(refusal)
        if text == "500":
            status, text = 500, "internal error"
        connection.sendall(f"HTTP/1.0 {status} -\r\nContent-Type: text/plain\r\n\r\n{text}".encode())

    def answered_badly(self, path):
        words = fault_here("answers")
        if words is None or path not in ("/status", "/member-list"):
            return None
        match words[0]:
            case "garbage":
                return "\x1b[2J\x00\ufffd{{{ leader raft_index: twelve ID=,=,"
            case "half":
                return "leader: 1\nraft_te" if path == "/status" else "ID=1, Name=chainfire-node-1, Peer"
            case "html":
                return "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
            case "error":
                return "500"
            case "empty":
                return ""
            case "silence":
                time.sleep(3600)
            case "yesterday":
                if path == "/status":
                    return f"leader: 9\nraft_term: {self.state['term'] - 1}\nraft_index: 7"
                return "ID=9, Name=chainfire-node-9, PeerURLs=[192.0.2.9:2380], IsLearner=false"
        return None

    def unknown(self, body):
        raise Refused("unknown request")

    def do_status(self, body):
        with self.lock:
            return f"leader: {self.leader or 'none'}\nraft_term: {self.state['term']}\nraft_index: {self.state['index']}"

    def do_member_list(self, body):
        with self.lock:
            return "\n".join(
                f"ID={id}, Name={member['name']}, PeerURLs=[{member['url']}], IsLearner={str(member['learner']).lower()}"
                for id, member in sorted(self.state["members"].items(), key=lambda item: int(item[0])))

    def must_lead(self):
        if self.role != "leader":
            raise Refused(f"not leader, leader={self.leader}" if self.leader else "no leader elected")

    def change(self, members):
        """One change of the membership: in force at once, committed when a majority of the new voters has it."""
        with self.lock:
            self.must_lead()
            self.state.update(members=members, config=self.state["config"] + 1)
            config, voters = self.state["config"], self.voters()
            self.save()
        for _ in range(int(patience() * 20)):
            with self.lock:
                have = [id for id in voters if id == self.id or self.acks.get(id, {"config": 0})["config"] >= config]
                if len(have) > len(voters) / 2:
                    return
            time.sleep(0.05)
        raise Refused("timed out waiting for a majority of the new voters")

    def before_change(self):
        if fault_here("leader-moves") is not None:
            heal("leader-moves")
            with self.lock:
                self.resign()
            time.sleep(3)
        self.must_lead()

    def do_member_add(self, body):
        self.before_change()
        id, url, learner = str(body["node_id"]), body["peer_url"], body["kind"] == "learner"
        say("INFO", "raft", f"add node {id}, addr={url}")
        if fault_here("no-promote") is not None and not learner and self.state["members"].get(id, {}).get("learner"):
            return self.promote(id)
        if id in self.state["members"]:
            raise Refused(f"node {id} already exists")
        if any(member["url"] == url for member in self.state["members"].values()):
            raise Refused(f"peer url {url} is taken by another node")
        hangs = fault_here("join-hangs")
        for _ in range(int(patience() * 4) + 8):
            peer = {} if hangs == [] else self.exchange(url, {"kind": "hello"})
            if peer.get("id") == int(id) and peer["uid"] in (None, self.state["uid"]):
                break
            if "uid" in peer:
                say("WARN", "raft", f"add node {id} waits: the peer at {url} is node {peer['id']}" + (
                    " and has a cluster of its own" if peer["uid"] else ""))
            time.sleep(0.25)
        else:
            raise Refused("timed out waiting for the new node")
        members = dict(self.state["members"])
        members[id] = {"name": peer["name"], "url": url, "learner": learner}
        self.change(members)
        if hangs == ["landed"]:
            time.sleep(3600)
        return f"Node added: id={id}, peer_urls=[\"{url}\"]"

    def do_member_promote(self, body):
        self.before_change()
        if fault_here("no-promote") is not None:
            raise Refused("unimplemented")
        return self.promote(str(body["node_id"]))

    def promote(self, id):
        member = self.state["members"].get(id)
        if member is None:
            raise Refused("node not found")
        lag = self.state["index"] - self.acks.get(int(id), {"index": 0})["index"]
        if lag > PROMOTABLE_LAG:
            raise Refused(f"not caught up (lag={lag})")
        self.change({**self.state["members"], id: {**member, "learner": False}})
        return f"Node promoted: id={id}"

    def do_member_remove(self, body):
        self.before_change()
        id = str(body["node_id"])
        if id not in self.state["members"]:
            raise Refused("node not found")
        left = {key: member for key, member in self.state["members"].items() if key != id}
        voters = self.voters() - {int(id)}
        if len(self.reached() - {int(id)}) <= len(voters) / 2 and fault_here("permissive") is None:
            raise Refused("would break quorum")
        self.change(left)
        return f"Node removed: id={id}"

    def do_put(self, body):
        self.must_lead()
        time.sleep(0.4 if fault_here("slow-disk") is not None else 0.005)
        with self.lock:
            self.state["kv"] = {**self.state["kv"], body["key"]: body["value"]}
            self.state["index"] += 1
            self.save()
        say("INFO", "api", f"Handled put request, latency={400 if fault_here('slow-disk') is not None else 15}ms")
        return "OK"

    def do_get(self, body):
        if body["key"] not in self.state["kv"]:
            raise Refused("key not found")
        return self.state["kv"][body["key"]]

    def answer_metrics(self, connection):
        connection.makefile("rb").readline(65536)
        slow = any(fault_here(name) is not None for name in ("slow-disk", "slow-network", "busy"))
        counts = {"0.005": 100, "0.05": 700, "0.1": 950, "0.5": 1000, "1": 1000, "+Inf": 1000}
        if slow:
            counts = {"0.005": 0, "0.05": 100, "0.1": 300, "0.5": 600, "1": 950, "+Inf": 1000}
        with self.lock:
            role = "leader" if self.role == "leader" else "follower"
            lines = ["# TYPE chainfire_has_leader gauge", f"chainfire_has_leader {int(self.leader is not None)}",
                     "# TYPE chainfire_raft_index gauge", f'chainfire_raft_index{{role="{role}"}} {self.state["index"]}',
                     "# TYPE chainfire_raft_term gauge", f"chainfire_raft_term {self.state['term']}",
                     "# TYPE chainfire_write_duration_seconds histogram"]
        lines += [f'chainfire_write_duration_seconds_bucket{{le="{bound}"}} {count}' for bound, count in counts.items()]
        lines += [f"chainfire_write_duration_seconds_count {counts['+Inf']}"]
        connection.sendall(("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + "\n".join(lines) + "\n").encode())

    def run(self):
        network = self.config["network"]
        listen(network["raft_addr"], self.listening, self.answer_peer)
        gossip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        gossip.bind(("0.0.0.0", int(network["gossip_addr"].rpartition(":")[2])))
        listen(network["api_addr"], self.listening, self.answer_client)
        if fault_here("no-metrics") is None:
            listen(network.get("metrics_addr", "0.0.0.0:9091"), None, self.answer_metrics)
        say("INFO", "api", f"Serving, id={self.id}")
        if self.corrupt:
            say("ERROR", "storage", f"corrupted log entry, index={self.state['index'] + 1}")
        tuned = {**self.config["storage"], **self.config["raft"]}
        log_call("chainfire-server " + " ".join(f"{key}={tuned[key]}" for key in sorted(tuned)), "started")
        threading.Thread(target=self.replicate, daemon=True).start()
        self.tick()


def chainfire_server(words):
    if words == ["--help"]:
        print("usage: chainfire-server --config FILE [--force-new-cluster]\n"
              "  --force-new-cluster   keep the data, forget every other member, and exit")
        return 0
    if words == ["--version"]:
        print("chainfire-server 0.1.0")
        return 0
    if len(words) < 2 or words[0] != "--config" or words[2:] not in ([], ["--force-new-cluster"]):
        print(f"error: unexpected arguments: {' '.join(words)}", file=sys.stderr)
        return 2
    try:
        server = Server(words[1])
        if words[2:]:
            member = server.state["members"].get(str(server.id))
            if member is None:
                raise ValueError(f"node {server.id} is no member in {server.directory}")
            server.state.update(uid=f"forced-{time.time_ns()}", term=server.state["term"] + 1, voted=None,
                                config=server.state["config"] + 1, members={str(server.id): {**member, "learner": False}})
            server.save()
            log_call("chainfire-server --force-new-cluster", "done")
            print(f"Cluster reset: members=[{server.id}], raft_index={server.state['index']}")
            return 0
        import signal
        signal.signal(signal.SIGTERM, lambda *_: (log_call("chainfire-server", "stopped"), os._exit(0)))
        server.run()
    except (OSError, ValueError) as error:
        print(f"ERROR chainfire_server: {error}", file=sys.stderr)
        return 1


# ---- the client ----

def chainfire_client(words):
    call = "chainfire-client " + " ".join(words)
    status, text = client_answer(words)
    log_call(call, text)
    if text:
        print(text, file=sys.stderr if status else sys.stdout)
    return status


def client_answer(words):
    if len(words) < 3 or words[0] != "--endpoint":
        return 2, "error: usage: chainfire-client --endpoint URL COMMAND …"
    scheme, _, url = words[1].partition("://")
    command, arguments = words[2], words[3:]
    body = {}
    while arguments:
        word = arguments.pop(0)
        if word in ("--voter", "--learner"):
            body["kind"] = word[2:]
        elif word in ("--node-id", "--peer-url") and arguments:
            value = arguments.pop(0)
            if word == "--node-id" and not value.isdigit():
                return 2, f"error: invalid value '{value}' for '--node-id'"
            body[word[2:].replace("-", "_")] = value
        elif command in ("put", "get") and not word.startswith("-"):
            body["value" if "key" in body else "key"] = word
        else:
            return 2, f"error: unexpected argument '{word}'"
    needed = {"status": [], "member-list": [], "member-add": ["node_id", "peer_url"], "member-promote": ["node_id"],
              "member-remove": ["node_id"], "put": ["key", "value"], "get": ["key"]}
    if command not in needed or scheme not in ("http", "https"):
        return 2, f"error: unrecognized subcommand '{command}'"
    if any(key not in body for key in needed[command]):
        return 2, f"error: the required arguments were not provided for '{command}'"
    if command == "member-add":
        body.setdefault("kind", "voter")
    try:
        context = contexts(read_config(CONFIG)["network"]["tls"])[1] if scheme == "https" else None
        with connect(url, context, 3) as connection:
            connection.settimeout(patience())
            data = json.dumps(body)
            connection.sendall(f"POST /{command} HTTP/1.0\r\nContent-Length: {len(data)}\r\n\r\n{data}".encode())
            head, _, text = receive_all(connection).decode(errors="surrogateescape").partition("\r\n\r\n")
    except TimeoutError:
        return 1, "Error: timed out after 30s"
    except (OSError, ValueError, KeyError) as error:
        if distrust(error):
            return 1, f"Error: certificate verify failed: {distrust(error)}"
        return 1, f"Error: connection error: {error}"
    code = head.split(" ")[1] if " " in head else "0"
    if code == "0":
        return 1, "Error: connection closed by the server"
    return (0, text) if code == "200" else (1, "Error: server answered 500" if code == "500" else f"Error: {text}")


# ---- other commands of the documents that no lab has ----

def firewall_cmd(words):
    """Lets a port through the node's rules, as far as those came from a fault."""
    log_call("firewall-cmd " + " ".join(words), "success")
    state = read_json("/etc/standin-firewall.json", {"ports": []})
    for word in words:
        name, _, port = word.partition("=")
        if name == "--query-port":
            open_now = port in state["ports"]
            print("yes" if open_now else "no")
            return 0 if open_now else 1
        if name in ("--add-port", "--remove-port"):
            if not port.endswith(("/tcp", "/udp")) or not port[:-4].isdigit():
                print(f"Error: INVALID_PORT: {port}", file=sys.stderr)
                return 102
            state["ports"] = sorted(set(state["ports"]) - {port} | ({port} if name == "--add-port" else set()))
            write_whole("/etc/standin-firewall.json", json.dumps(state))
        elif word == "--reload":
            apply_firewall(state["ports"])
        elif word != "--permanent":
            print(f"Error: unrecognized argument {word}", file=sys.stderr)
            return 2
    print("success")
    return 0


def apply_firewall(ports):
    """A machine of the lab may not make rules of its own: the server hears a closed port from its own machine only."""
    closed = read_json("/etc/standin-closed.json", {})
    write_whole(CLOSED, json.dumps([port for port in closed if f"{port}/tcp" not in ports]))


def rocksdb_ldb(words):
    log_call("rocksdb_ldb " + " ".join(words), "")
    directory = next((word[5:] for word in words if word.startswith("--db=")), "")
    path = os.path.join(directory, Server.FILE)
    if sh("systemctl is-active chainfire; true").strip() == "active":
        print(f"Failed: IO error: While lock file: {directory}/LOCK: Resource temporarily unavailable", file=sys.stderr)
        return 1
    state = read_json(path)
    damaged = state is None or state.get("corrupt", False)
    if "checkconsistency" in words:
        print("Corruption: block checksum mismatch in 000012.sst" if damaged else "OK", file=sys.stderr if damaged else sys.stdout)
        return 1 if damaged else 0
    if "repair" in words and state is None:
        print("Failed: Corruption: no manifest can be salvaged", file=sys.stderr)
        return 1
    if "repair" in words:
        owner = os.stat(path)
        state.pop("corrupt", None)
        write_whole(path, json.dumps(state), 0o600)
        os.chown(path, owner.st_uid, owner.st_gid)
        print("OK")
        return 0
    print("usage: rocksdb_ldb --db=DIRECTORY checkconsistency|repair", file=sys.stderr)
    return 2


def iostat(words):
    util, await_ms = ("97.20", "45.10") if fault_here("slow-disk") is not None else ("3.10", "0.80")
    if fault_here("iostat-absent") is not None:
        print("iostat: cannot read /proc/diskstats", file=sys.stderr)
        return 1
    head = "Device            r/s     rkB/s   rrqm/s  %rrqm r_await rareq-sz     w/s     wkB/s   wrqm/s  %wrqm w_await wareq-sz  aqu-sz  %util"
    for _ in range(int(words[-1]) if words[-1:] and words[-1].isdigit() else 1):
        print(f"{head}\nvda              1.00     16.00     0.00   0.00    0.40    16.00   55.00    880.00    10.00  15.38   {await_ms}    16.00    0.04  {util}\n")
    return 0


# ---- the lab's own questions ----

def describe(words):
    question = json.load(sys.stdin)
    tls = question["settings"].get("profile") == "tls"
    print(json.dumps({
        "service": "chainfire",
        "cluster": {"vars": {"cluster_id": 1, **({"scheme": "https"} if tls else {})}},
        "nodes": {node["name"]: {"node_id": node["number"]} for node in question["nodes"]}}))
    return 0


def config_text(here, tls):
    id = here["number"]
    text = f"""[node]
id = {id}
name = "chainfire-node-{id}"
role = "control_plane"

[cluster]
id = 1
bootstrap = {"true" if id == 1 else "false"}
initial_members = []

[network]
api_addr = "0.0.0.0:2379"
raft_addr = "0.0.0.0:2380"
gossip_addr = "0.0.0.0:2381"
"""
    if tls:
        text += f"""
[network.tls]
cert_file = "{CERTS}/chainfire-node-{id}.crt"
key_file = "{CERTS}/chainfire-node-{id}.key"
ca_file = "{CERTS}/ca.crt"
require_client_cert = true
"""
    return text + f"""
[storage]
data_dir = "{DATA}"    # on the fast disk
write_buffer_size = 67108864

[raft]
role = "voter"
tick_interval_ms = 100
"""


def make_certificates(here):
    """One authority for all nodes, kept in the shared directory; each node has only its own key."""
    authority, id = f"{SHARED}/ca", here["number"]
    sh(f"""cd {SHARED} && (flock 9; [ -e ca/ca.crt ] || {{ mkdir -p ca; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \\
        -nodes -keyout ca/ca.key -out ca/ca.crt -days 3650 -subj /CN=lab-ca; }}) 9>ca.lock""")
    sh(f"""umask 077; mkdir -p {CERTS}; cd {CERTS}; cp {authority}/ca.crt .
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout chainfire-node-{id}.key -out /tmp/{id}.csr -subj /CN=chainfire-node-{id}
        printf 'subjectAltName=IP:{here["address"]},DNS:{here["name"]}' > /tmp/{id}.ext
        openssl x509 -req -in /tmp/{id}.csr -CA {authority}/ca.crt -CAkey {authority}/ca.key -set_serial {id} -days 365 -extfile /tmp/{id}.ext -out chainfire-node-{id}.crt
        rm /tmp/{id}.csr /tmp/{id}.ext; chown -R chainfire:chainfire {CERTS}; chmod 755 {CERTS}; chmod 644 *.crt""")


def install(words):
    value = lab()
    for name in COMMANDS:                   # as a module, that is compiled once and not at each call
        write_whole(f"/usr/local/bin/{name}", LAUNCHER, 0o755)
    sh("id chainfire >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin chainfire")
    script = os.path.realpath(__file__)
    for path, mode in (SHARED, 0o777), (SETTINGS, 0o644), (script, 0o755), (os.path.dirname(script), 0o755):
        os.chmod(path, mode)                # the server runs as a user of its own
    write_whole("/etc/systemd/system/chainfire.service", UNIT)
    lay_out(value)
    if value["self"]["role"] == "member":
        os.makedirs("/etc/systemd/system/multi-user.target.wants", exist_ok=True)
        link = "/etc/systemd/system/multi-user.target.wants/chainfire.service"
        if not os.path.islink(link):
            os.symlink("/etc/systemd/system/chainfire.service", link)
    return 0


def lay_out(value):
    """Settings, data, backups and certificates, as they are at the beginning."""
    here = value["self"]
    sh("rm -rf /etc/centra-cloud /var/lib/chainfire* /var/backups/chainfire* /var/backups/belay-* /etc/standin-*.json")
    for path in os.path.dirname(CONFIG), DATA, BACKUPS:
        os.makedirs(path, exist_ok=True)
    if value["tls"]:
        make_certificates(here)
    if here["role"] == "member":
        write_whole(CONFIG, config_text(here, value["tls"]))
        members = {str(node["number"]): {"name": f"chainfire-node-{node['number']}", "url": f"{node['address']}:2380", "learner": False}
                   for node in value["nodes"] if node["role"] == "member"}
        state = {"uid": "lab", "term": FIRST_TERM, "voted": None, "index": FIRST_INDEX, "config": 1, "members": members, "kv": {}}
        write_whole(f"{DATA}/{Server.FILE}", json.dumps(state), 0o600)
        os.makedirs("/tmp/backup/chainfire")
        write_whole(f"/tmp/backup/chainfire/{Server.FILE}", json.dumps({**state, "index": BACKUP_INDEX}), 0o600)
        sh(f"tar -czf {BACKUPS}/2026-01-01.tar.gz -C /tmp/backup chainfire; rm -rf /tmp/backup")
    sh(f"chown -R chainfire:chainfire {DATA}")


def ready(words):
    port = ("https://" if lab()["tls"] else "http://") + lab()["self"]["address"] + ":2379"
    status, text = client_answer(["--endpoint", port, "status"])
    return 0 if status == 0 and "leader: none" not in text else 1


def reset(words):
    value = lab()
    sh("systemctl stop chainfire; systemctl reset-failed chainfire", check=False)
    for name in ("faults.json", "calls.jsonl"):
        try:
            os.remove(f"{SHARED}/{name}")
        except FileNotFoundError:
            pass
    lay_out(value)
    if value["self"]["role"] == "member":
        sh("systemctl enable --now chainfire")
    else:
        sh("systemctl disable chainfire", check=False)
    return 0


def snapshot(words):
    """This node, and the members that it knows; nothing that changes by itself."""
    state = read_json(f"{DATA}/{Server.FILE}", {})
    print(json.dumps({
        "node": lab()["node"], "members": state.get("members", {}),
        "files": sh(f"cd /etc/centra-cloud && find . -type f -exec stat -c '%n %a %U:%G' {{}} + -exec sha256sum {{}} + | sort").split("\n"),
        "data": sorted(os.listdir(DATA)) if os.path.isdir(DATA) else None,
        "unit": sh("systemctl is-active -q chainfire && echo runs; systemctl is-enabled chainfire; true").split(),
        "ports": read_json("/etc/standin-firewall.json", {"ports": []}),
    }, indent=1, sort_keys=True))
    return 0


def fault(words):
    """`close-port PORT`, `corrupt minor|major` and `own-cluster` are of the node they are called on; the
    others are told to all servers, with the name of the node they are meant for as the next word."""
    name, *rest = words
    if name == "close-port":
        closed = read_json("/etc/standin-closed.json", {})
        closed[rest[0]] = True
        write_whole("/etc/standin-closed.json", json.dumps(closed))
        apply_firewall(read_json("/etc/standin-firewall.json", {"ports": []})["ports"])
    elif name in ("corrupt", "own-cluster"):
        sh("systemctl stop chainfire")
        path = f"{DATA}/{Server.FILE}"
        state = read_json(path)
        if name == "own-cluster":
            id = str(lab()["self"]["number"])
            state.update(uid=f"own-{id}", members={id: state["members"][id]}, config=state["config"] + 1, index=state["index"] + 40)
        state["corrupt"] = name == "corrupt"
        text = json.dumps(state)
        write_whole(path, text[: len(text) // 2] if rest == ["major"] else text, 0o600)
        sh(f"chown chainfire:chainfire {path}; systemctl start chainfire")
    else:
        write_whole(f"{SHARED}/faults.json", json.dumps({**faults(), name: rest}), 0o666)
    return 0


def heal(name=None):
    now = {} if name is None else {key: value for key, value in faults().items() if key != name}
    write_whole(f"{SHARED}/faults.json", json.dumps(now), 0o666)
    return 0


def main():
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name in COMMANDS:
        return globals()[name.replace("-", "_")](words)
    verb = words[0] if words else ""
    if verb == "heal":
        if words[1:] in ([], ["close-port"]) and os.path.exists("/etc/standin-closed.json"):
            os.remove("/etc/standin-closed.json")
            apply_firewall([])
        return heal(*words[1:2])
    if verb in ("describe", "install", "ready", "reset", "snapshot", "fault"):
        return globals()[verb](words[1:])
    print("usage: standin describe|install|ready|reset|snapshot|fault NAME …|heal [NAME]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
