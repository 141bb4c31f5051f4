#!/usr/bin/python3
"""Plays FlareDB on the nodes of a lab: stores, their placement driver (PD, on the first node) and their client.

PD alone changes the cluster; stores learn of it over HTTP, as they would. Regions are counts that PD moves from store to
store, five a second times `speed`. `profile` is `documented` (flat JSON, as in the operators' documents) or `actual` (PD as
TiKV's answers: nested, sizes as texts, tombstones that keep their identifier); with `-tls` behind it all have certificates.

Faults: pd-answers garbage|half|html|500|nothing|stale, delete-answers CODE, stuck, scheduler-off, pending NODE COUNT,
disk NODE PERCENT, refuse-settings NODE KEY, metrics NODE refused|absent, slow NODE SECONDS, say NODE LINE.
"""
import contextlib, fcntl, functools, http.client, http.server, json, os, pathlib, shutil, socket, ssl
import subprocess, sys, threading, time, tomllib, urllib.parse

SHARED = pathlib.Path("/srv/standin")
ETC = pathlib.Path("/etc/centra-cloud")
CERTS = ETC / "certs"
STORE_SETTINGS, PD_SETTINGS = ETC / "flaredb.toml", ETC / "placement-driver.toml"
DATA = pathlib.Path("/var/lib/flaredb")
PD_PORT, STORE_PORT, METRICS_PORT = 2379, 2479, 2480
GIB = 1 << 30
API = "/pd/api/v1"
SCHEDULE = {"max-snapshot-count": 3, "max-pending-peer-count": 16, "region-schedule-limit": 2048}
SCHEDULERS = ["balance-region-scheduler", "balance-leader-scheduler"]


# The machine and its lab

@functools.cache
def machine():
    return json.loads(pathlib.Path("/etc/standin.json").read_text())


@functools.cache
def me():
    there = machine()
    return next(node for node in there["nodes"] if node["name"] == there["node"])


@functools.cache
def settings():
    given = machine()["settings"]
    profile, _, tls = given.get("profile", "documented").partition("-")
    return {"speed": float(given.get("speed", 1)), "profile": profile, "tls": tls == "tls"}


@contextlib.contextmanager
def locked():
    with open(SHARED / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(name, otherwise):
    try:
        return json.loads((SHARED / name).read_text())
    except FileNotFoundError:
        return otherwise


def write(name, value):
    beside = SHARED / (name + ".new")
    beside.write_text(json.dumps(value, indent=1, sort_keys=True))
    beside.rename(SHARED / name)


@contextlib.contextmanager
def truth():
    """The cluster, to read and to change."""
    with locked():
        there = read("truth.json", None)
        before = json.dumps(there)
        yield there
        if json.dumps(there) != before:
            write("truth.json", there)


def fault(name):
    """The words behind an injected fault, or None."""
    return read("faults.json", {}).get(name)


def fault_here(name):
    words = fault(name)
    return words[1:] if words and words[0] == me()["name"] else None


def log_call(call, result, node=None):
    with open(SHARED / "calls.jsonl", "a") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.write(json.dumps({"time": time.time(), "node": node or me()["name"], "call": call, "result": result}) + "\n")


def say(line):
    print(line, flush=True)


# Requests

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):    # a mere probe of the port
            say(f"ERROR tls: bad certificate, peer={client_address[0]}: {error}")


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *words):
        pass

    def setup(self):
        if context := getattr(self.server, "tls", None):    # in this connection's own thread: a bad peer blocks nobody
            self.request.settimeout(5)
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def caller(self):
        known = {node["address"]: node["name"] for node in machine()["nodes"]}
        return known.get(self.client_address[0], me()["name"])

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, text, kind="application/json", length=None):
        sent = text.encode() if isinstance(text, str) else json.dumps(text).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(sent)))
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection = True


def tls_of(table):
    """The context of a server with these settings; a key that others can read is refused."""
    if not table:
        return None
    if os.stat(table["key_file"]).st_mode & 0o077:
        sys.exit(f"ERROR tls: {table['key_file']} can be read by others; it needs mode 600")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(table["cert_file"], table["key_file"])
    context.load_verify_locations(table["ca_file"])
    context.verify_mode = ssl.CERT_REQUIRED if table.get("require_client_cert") else ssl.CERT_NONE
    return context


def request(method, address, path, body=None, table=None, timeout=2.0):
    host, port = address.rsplit(":", 1)
    if table:
        context = ssl.create_default_context(cafile=table["ca_file"])
        context.check_hostname = bool(table.get("check_name", True))
        context.load_cert_chain(table["cert_file"], table["key_file"])
        connection = http.client.HTTPSConnection(host, int(port), timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def serve(address, port, handler, context):
    server = Server((address, port), handler)
    server.tls = context
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


# The placement driver

def size(count):
    return f"{count / GIB:.4g}GiB"


def state_of(store):
    """Disconnected after 20 s without a heartbeat, Down after 30 min; sooner here, but never for a machine's short breath."""
    silent, speed = time.time() - store["heartbeat"], settings()["speed"]
    if store["state"] != "Up":
        return store["state"]
    return "Up" if silent < max(3, 20 / speed) else "Disconnected" if silent < max(6, 1800 / speed) else "Down"


def shown(stores, with_tombstones=False):
    listed = [dict(store, id=int(key), state=state_of(store)) for key, store in stores.items()]
    listed = sorted((s for s in listed if with_tombstones or s["state"] != "Tombstone"), key=lambda s: s["id"])
    if settings()["profile"] == "documented":
        kept = ("id", "address", "state", "capacity", "available", "region_count")
        return {"stores": [{key: store[key] for key in kept} for store in listed]}
    return {"count": len(listed), "stores": [{
        "store": {"id": s["id"], "address": s["address"], "version": "7.1.0", "state_name": s["state"]},
        "status": {"capacity": size(s["capacity"]), "available": size(s["available"]), "region_count": s["region_count"],
                   "leader_count": s["region_count"] // 3,
                   "last_heartbeat_ts": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(s["heartbeat"]))}} for s in listed]}


def up(there):
    return [key for key, store in there["stores"].items() if state_of(store) == "Up"]


def move_regions(there, budget):
    """PD's scheduler: empties stores that leave or are down for good, then evens out the rest."""
    stores = there["stores"]
    limits = there["schedule"]
    for store in stores.values():
        store["pending"] = 0
    if extra := fault("pending"):
        for store in stores.values():
            if store["node"] == extra[0]:
                store["pending"] = int(extra[1])
    if fault("stuck") is not None or not limits.get("max-snapshot-count") or not limits.get("max-pending-peer-count"):
        for key in up(there):                              # peers that were begun and come no further
            stores[key]["pending"] = max(stores[key]["pending"], there.get("begun", 0))
        return
    for _ in range(int(budget)):
        takers = sorted(up(there), key=lambda key: (stores[key]["region_count"], int(key)))
        givers = [key for key, store in stores.items() if state_of(store) in ("Offline", "Down") and store["region_count"]]
        # Each region has replicas on as many different stores: fewer stores take nothing from those that leave.
        if givers and len(takers) < there["replicas"]:
            givers = []
        if not givers and "balance-region-scheduler" in there["schedulers"] and len(takers) > 1:
            givers = [k for k in takers[-1:] if stores[k]["region_count"] - stores[takers[0]]["region_count"] > 1]
        if not givers:
            break
        stores[givers[0]]["region_count"] -= 1
        stores[takers[0]]["region_count"] += 1
        stores[takers[0]]["pending"] = min(stores[takers[0]]["pending"] + 1, limits["max-pending-peer-count"])
    for store in stores.values():
        if store["state"] == "Offline" and not store["region_count"]:
            store["state"] = "Tombstone"
            say(f"INFO placement_driver: store is a tombstone, address={store['address']}")


def tick():
    budget, begun = 0.0, time.monotonic()
    while True:
        time.sleep(0.2)
        now = time.monotonic()
        budget = min(budget + (now - begun) * 5 * settings()["speed"], 200)
        begun = now
        with truth() as there:
            move_regions(there, budget)
        budget %= 1


class PlacementDriver(Answers):
    def do_GET(self): self.handle_request("GET")
    def do_POST(self): self.handle_request("POST")
    def do_DELETE(self): self.handle_request("DELETE")

    def handle_request(self, method):
        path = urllib.parse.urlsplit(self.path)
        sent = self.body()
        if path.path == "/heartbeat":
            return self.answer(*heartbeat(json.loads(sent)))
        trouble = (fault("pd-answers") or [""])[0]
        status, value = 0, trouble
        if method == "GET" and trouble == "stale" and path.path == API + "/stores":
            status, value = 200, shown(fault("stale-stores"))
            self.answer(status, value)
        elif method == "GET" and trouble in ("garbage", "half", "html", "500", "nothing"):
            self.misbehave(trouble)
        else:
            status, value = self.respond(method, path.path.removeprefix(API), urllib.parse.parse_qs(path.query), sent)
            self.answer(status, value)
        log_call(f"{method} {self.path}" + (f" {sent.decode()}" if sent else ""), str(status or value), self.caller())

    def misbehave(self, how):
        if how == "garbage":
            self.answer(200, "\x00\x1b[2J}{ \udcff".encode("utf-8", "surrogateescape").decode("latin-1"))
        elif how == "half":
            self.answer(200, json.dumps(shown(read("truth.json", {})["stores"]))[:60])
        elif how == "html":
            self.answer(200, "<html><body><h1>Welcome to the proxy</h1></body></html>", "text/html")
        elif how == "500":
            self.answer(500, "internal error: etcdserver: no leader")
        else:
            self.close_connection = True                    # nothing at all: the connection just ends

    def respond(self, method, path, query, sent):
        with truth() as there:
            stores, words = there["stores"], path.strip("/").split("/")
            if method == "GET":
                return self.look(there, path, query)
            if method == "DELETE" and path == "/stores/remove-tombstone":
                there["stores"] = {k: s for k, s in stores.items() if s["state"] != "Tombstone"}
                return 200, "Remove tombstone successfully"
            if words[0] == "store" and len(words) >= 2:
                if method == "DELETE":
                    return self.delete(there, words[1])
                if words[2:] == ["state"] and query.get("state") == ["Up"]:
                    store = stores.get(words[1])
                    if store is None or store["state"] == "Tombstone":
                        return 410 if store else 404, "the store is gone"
                    store["state"] = "Up"
                    return 200, "The store's state is updated."
            if method == "POST" and words[0] in ("config", "schedulers"):
                return self.configure(there, words[0], json.loads(sent or b"{}"))
            return 404, "404 page not found"

    def look(self, there, path, query):
        stores = there["stores"]
        listed = [dict(s, id=int(k)) for k, s in stores.items() if s["state"] != "Tombstone"]
        pending = sum(s["pending"] for s in listed)
        match path:
            case "/stores": return 200, shown(stores, "Tombstone" in query.get("state", []) or "2" in query.get("state", []))
            case "/stats/region": return 200, {"count": sum(s["region_count"] for s in listed) // 3, "pending_peers": pending,
                                               "store_peer_count": {str(s["id"]): s["region_count"] for s in listed}}
            case "/regions/check/pending-peer": return 200, {"count": pending, "regions": []}
            case "/operators": return 200, there.get("operators", [])
            case "/config/schedule":
                flat = settings()["profile"] == "documented"
                return 200, there["schedule"] | ({"schedulers": there["schedulers"]} if flat else {})
            case "/config/replicate": return 200, {"max-replicas": there["replicas"], "location-labels": ""}
            case "/schedulers": return 200, there["schedulers"]
            case "/cluster": return 200, {"id": 7012345678901234567, "max_peer_count": there["replicas"]}
            case "/health": return 200, [{"name": "pd", "health": True}]
        return 404, "404 page not found"

    def delete(self, there, key):
        if forced := fault("delete-answers"):
            return int(forced[0]), {"400": "can not remove store: too few stores would remain up",
                                    "404": "store not found", "410": "store is gone"}.get(forced[0], "no")
        store = there["stores"].get(key)
        if store is None:
            return 404, f"store {key} not found"
        if store["state"] == "Tombstone":
            return 410, f"store {key} is a tombstone"
        # As TiKV's PD: it only counts what would remain up, and takes a last copy for no reason to refuse.
        if settings()["profile"] == "actual" and len([k for k in up(there) if k != key]) < there["replicas"]:
            return 400, "can not remove store: too few stores would remain up"
        store["state"] = "Offline"
        say(f"INFO placement_driver: store is offline, store_id={key}")
        return 200, "The store is set as Offline."

    def configure(self, there, what, given):
        if what == "schedulers":
            if given.get("name") not in there["schedulers"]:
                there["schedulers"].append(given.get("name"))
            return 200, "The scheduler is created."
        for key, value in given.items():
            if key == "schedulers" and settings()["profile"] == "documented":
                there["schedulers"] = value
            elif key not in SCHEDULE or type(value) is not int or value < 0:
                return 400, f"config item {key} not found or of another type"
            else:
                there["schedule"][key] = value
        return 200, "The config is updated."


def heartbeat(sent):
    with truth() as there:
        key, known = str(sent["id"]), there["stores"].get(str(sent["id"]))
        if known and known["state"] == "Tombstone":
            # The documents know of no tombstones: only the data that was emptied is not taken back.
            if settings()["profile"] == "actual" or known["instance"] == sent["instance"]:
                return 409, f"store {key} is a tombstone"
            known = None
        if known and known["address"] != sent["address"]:
            if not known.get("refused") == sent["address"]:
                say(f"ERROR placement_driver: refused to register store_id={key}, addr={sent['address']}: "
                    f"duplicate store_id, registered by {known['address']}")
                known["refused"] = sent["address"]
            return 409, f"duplicate store_id: {key} is registered by {known['address']}"
        if not known:
            known = {"address": sent["address"], "node": sent["node"], "state": "Up", "region_count": 0, "pending": 0}
            there["stores"][key] = known
            say(f"INFO placement_driver: registered store, store_id={key}, addr={sent['address']}")
        known |= {"heartbeat": time.time(), "instance": sent["instance"], "capacity": sent["capacity"], "available": sent["available"]}
        return 200, {"region_count": known["region_count"], "pending": known["pending"], "state": known["state"],
                     "stores": {k: s["address"] for k, s in there["stores"].items() if state_of(s) == "Up"}}


def placement_driver(path):
    given = load(path)
    if read("truth.json", None) is None:
        sys.exit("ERROR placement_driver: no data")
    host, port = given["addr"].rsplit(":", 1)
    serve(host, int(port), PlacementDriver, tls_of(given.get("tls")))
    say(f"INFO placement_driver: serving, addr={given['addr']}")
    tick()


# A store

STORAGE = {"write_buffer_size": 1 << 20, "max_write_buffer_number": 2, "block_cache_size": 1 << 20, "max_open_files": 64,
           "max_background_compactions": 1, "max_background_flushes": 1, "use_direct_io_for_flush_and_compaction": None}


def load(path):
    try:
        return tomllib.loads(pathlib.Path(path).read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"ERROR cannot read {path}: {error}")


def validated(given):
    for key in ("store_id", "addr", "data_dir", "pd_addr"):
        if key not in given:
            sys.exit(f"ERROR flaredb: missing field `{key}`")
    for key in given:
        if key not in ("store_id", "addr", "data_dir", "pd_addr", "log_level", "tls", "peers", "namespace_modes", "storage"):
            sys.exit(f"ERROR flaredb: unknown field `{key}`")
    if type(given["store_id"]) is not int or given["store_id"] < 1:
        sys.exit("ERROR flaredb: store_id must be a positive integer")
    for key, value in given.get("storage", {}).items():
        if key not in STORAGE or (STORAGE[key] and (type(value) is not int or value < STORAGE[key])):
            sys.exit(f"ERROR flaredb_storage: storage.{key} = {value} is not valid")
    refused = (fault_here("refuse-settings") or [None])[0]
    if refused in given.get("storage", {}):
        sys.exit(f"ERROR flaredb_storage: {refused}: cannot open the database with these settings: out of memory")
    return given


class Store:
    """What one process knows: its settings, what PD told it last, and the keys it has a replica of."""

    def __init__(self, path):
        self.given = validated(load(path))
        self.id, self.table = self.given["store_id"], self.given.get("tls")
        self.data = pathlib.Path(self.given["data_dir"])
        self.data.mkdir(parents=True, exist_ok=True)
        mark = self.data / "STORE"
        if mark.exists() and mark.read_text().strip() != str(self.id):
            sys.exit(f"ERROR flaredb_storage: {self.data} holds store_id={mark.read_text().strip()}, not {self.id}")
        mark.write_text(f"{self.id}\n")
        instance = self.data / "INSTANCE"
        if not instance.exists():
            instance.write_text(os.urandom(8).hex())
        self.instance = instance.read_text()
        host, self.port = self.given["addr"].rsplit(":", 1)
        self.host = host
        self.address = f"{me()['address'] if host == '0.0.0.0' else host}:{self.port}"
        self.keys_file = self.data / "keys.json"
        self.keys = json.loads(self.keys_file.read_text()) if self.keys_file.exists() else {}
        self.last, self.registered, self.complained, self.said = {}, False, "", None

    def keep(self, key, value):
        self.keys.pop(key, None) if value is None else self.keys.update({key: value})
        self.keys_file.write_text(json.dumps(self.keys))

    def capacity(self):
        share = fault_here("disk")
        used = float(share[0]) / 100 if share else 0.25
        return {"capacity": 100 * GIB, "available": int(100 * GIB * (1 - used))}

    def complain(self, text):
        if text != self.complained:
            say(text)
        self.complained = text

    def beat(self):
        body = {"id": self.id, "address": self.address, "node": me()["name"], "instance": self.instance} | self.capacity()
        try:
            status, answer = request("POST", self.given["pd_addr"], "/heartbeat", body, self.table)
        except (OSError, http.client.HTTPException) as error:
            self.complain("WARN flaredb_pd_client: Heartbeat to PD failed, retrying..." if self.registered else
                          f"ERROR flaredb_pd_client: failed to register with PD, pd_addr={self.given['pd_addr']}: {error}")
            return
        if status != 200:
            self.registered = False
            return self.complain(f"ERROR flaredb_pd_client: failed to register with PD, store_id={self.id}: {answer}")
        self.last, self.complained = json.loads(answer), ""
        if not self.registered:
            say(f"INFO flaredb_pd_client: Registered with PD, store_id={self.id}")
        self.registered = True

    def metrics(self):
        pending, state = self.last.get("pending"), int(self.registered)
        lines = ["# TYPE flaredb_store_state gauge", f'flaredb_store_state{{store_id="{self.id}"}} {state}']
        if pending is not None:
            lines += ["# TYPE flaredb_pending_peers_total gauge", f'flaredb_pending_peers_total{{store_id="{self.id}"}} {pending}',
                      "# TYPE flaredb_region_count gauge", f'flaredb_region_count{{store_id="{self.id}"}} {self.last["region_count"]}']
        return "\n".join(lines) + "\n"


class StoreAnswers(Answers):
    def do_GET(self): self.handle_request("GET")
    def do_PUT(self): self.handle_request("PUT")
    def do_DELETE(self): self.handle_request("DELETE")

    def handle_request(self, method):
        store, key = self.server.store, urllib.parse.unquote(self.path.rsplit("/", 1)[-1])
        value = json.loads(self.body()) if method == "PUT" else None
        if slow := fault_here("slow"):
            time.sleep(float(slow[0]))
            say(f"WARN flaredb_service: slow query, latency={int(float(slow[0]) * 1000)}ms: context deadline exceeded")
        if not store.registered:
            return self.answer(503, "the store is not registered")
        if method == "GET":
            found = store.keys.get(key)
            return self.answer(200 if found is not None else 404, "key not found" if found is None else found, "text/plain")
        if not self.path.startswith("/replica/"):
            for peer, address in store.last["stores"].items():
                if peer == str(store.id):
                    continue
                try:
                    request(method, address, "/replica/" + urllib.parse.quote(key), value, store.table)
                except (OSError, http.client.HTTPException):
                    say(f"ERROR flaredb_raft: Failed to replicate log, peer=store{peer}")
        store.keep(key, value)
        self.answer(200, "OK", "text/plain")


class Metrics(Answers):
    def do_GET(self):
        if self.path != "/metrics":
            return self.answer(404, "not found", "text/plain")
        absent = (fault_here("metrics") or [""])[0] == "absent"
        self.answer(200, "# nothing is measured here\n" if absent else self.server.store.metrics(), "text/plain")


def store_server(path):
    log_call(f"flaredb-server --config {path}", "started")
    store = Store(path)
    context = tls_of(store.table)
    serve(store.host, int(store.port), StoreAnswers, context).store = store
    say(f"INFO flaredb_service: serving, store_id={store.id}, addr={store.address}")
    metrics = None
    while True:
        refused = (fault_here("metrics") or [""])[0] == "refused"
        if refused and metrics:
            metrics.shutdown()
            metrics.server_close()
            metrics = None
        elif not refused and not metrics:
            metrics = serve(me()["address"], METRICS_PORT, Metrics, context)
            metrics.store = store
        if (line := fault_here("say")) and line != store.said:
            store.said = line
            say(" ".join(line))
        store.beat()
        time.sleep(0.4)


# Commands

def client(words):
    """flaredb-client --endpoint URL [--cacert F --cert F --key F] cluster-status | put KEY VALUE | get KEY | delete KEY"""
    options = {}
    while words and words[0].startswith("--"):
        options[words[0][2:]], words = words[1], words[2:]
    url = urllib.parse.urlsplit(options.get("endpoint", ""))
    table = {"ca_file": options.get("cacert"), "cert_file": options.get("cert"), "key_file": options.get("key")}
    shown_call = " ".join(["flaredb-client", "--endpoint", options.get("endpoint", "")] + words)
    try:
        if words[:1] == ["cluster-status"]:
            status, text = request("GET", url.netloc, API + "/stores", None, table if url.scheme == "https" else None, 5)
            for store in (json.loads(text)["stores"] if status == 200 else []):
                store = store if "id" in store else store["store"] | store["status"] | {"state": store["store"]["state_name"]}
                print("store_id={id}, state={state}, capacity={capacity}, available={available}".format(**store))
        elif words[:1] in (["put"], ["get"], ["delete"]) and len(words) == (3 if words[0] == "put" else 2):
            method = {"put": "PUT", "get": "GET", "delete": "DELETE"}[words[0]]
            status, text = request(method, url.netloc, "/keys/" + urllib.parse.quote(words[1]),
                                   words[2] if words[0] == "put" else None, table if url.scheme == "https" else None, 30)
            if words[0] == "put" and status == 200:
                text = "OK"
            print(text, file=sys.stdout if status == 200 else sys.stderr)
        else:
            sys.exit("usage: flaredb-client --endpoint URL cluster-status|put KEY VALUE|get KEY|delete KEY")
    except TimeoutError:
        status, text = 0, "context deadline exceeded"
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        status, text = 0, str(error)
    log_call(shown_call, "ok" if status == 200 else text)
    if status == 0:
        print(f"error: {text}", file=sys.stderr)
    sys.exit(0 if status == 200 else 1)


def firewall(words):
    """No lab has firewalld: this records what it was asked, and whoever tests lets the packets through or does not."""
    ports = [word for word in words if word.startswith(("--add-port=", "--remove-port="))]
    if words != ["--reload"] and words[:1] + ports != words:
        sys.exit(f"firewall-cmd: this is not understood: {words}")
    if ports and words[0] != "--permanent":
        sys.exit("firewall-cmd: a port that is not added for good is lost at the next reload")
    log_call("firewall-cmd " + " ".join(words), "success")
    print("success")


# The lab

def addresses(question):
    return {node["name"]: node for node in question["nodes"]}


def describe():
    question = json.load(sys.stdin)
    profile, _, tls = question["settings"].get("profile", "documented").partition("-")
    first = question["nodes"][0]
    print(json.dumps({
        "service": "flaredb",
        "cluster": {
            "vars": {"pd_address": first["address"], "scheme": "https" if tls else "http"},
            "groups": {"pd": [first["name"]]},
        } | ({"dialect": "actual"} if profile == "actual" else {}),
        "nodes": {node["name"]: {"store_id": node["number"]} for node in question["nodes"]},
    }))


def store_settings(node, tls):
    text = (f'store_id = {node["number"]}\naddr = "{node["address"]}:{STORE_PORT}"\ndata_dir = "{DATA}"\n'
            f'pd_addr = "{machine()["nodes"][0]["address"]}:{PD_PORT}"\nlog_level = "info"\n')
    return text + (tls_table(f"flaredb-{node['name']}") if tls else "") + '\n[namespace_modes]\ndefault = "eventual"\n'


def tls_table(name):
    return (f'\n[tls]\ncert_file = "{CERTS}/{name}.crt"\nkey_file = "{CERTS}/{name}.key"\n'
            f'ca_file = "{CERTS}/ca.crt"\nrequire_client_cert = true\n')


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def authority(where, name="FlareDB lab CA"):
    if not (where / "ca.crt").exists():
        where.mkdir(parents=True, exist_ok=True)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 30,
                "-subj", f"/CN={name}", "-keyout", where / "ca.key", "-out", where / "ca.crt")


def certificate(ca, where, name, address, days=10):
    """A key pair of a server that is also a client, signed by the authority in `ca`."""
    where.mkdir(parents=True, exist_ok=True)
    request_file = where / f"{name}.csr"
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-addext", f"subjectAltName=IP:{address}", "-keyout", where / f"{name}.key", "-out", request_file)
    openssl("x509", "-req", "-in", request_file, "-CA", ca / "ca.crt", "-CAkey", ca / "ca.key", "-CAcreateserial",
            "-copy_extensions", "copy", "-days", days, "-out", where / f"{name}.crt")
    os.chmod(where / f"{name}.key", 0o600)
    request_file.unlink()


def make_certificates(directory, ca=None, days=10):
    """New pairs for all nodes, as generate-dev-certs.sh makes them, with the lab's authority or a new one."""
    where = pathlib.Path(directory)
    signer = where / "authority" if ca == "new" else SHARED / "ca"
    with locked():
        authority(signer, "FlareDB new CA")
        for node in machine()["nodes"]:
            certificate(signer, where, f"flaredb-{node['name']}", node["address"], days)
        certificate(signer, where, "placement-driver", machine()["nodes"][0]["address"], days)
    new = (signer / "ca.crt").read_text()
    (where / "ca.crt").write_text(new)
    (where / "ca-bundle.crt").write_text((SHARED / "ca" / "ca.crt").read_text() + new)


UNIT = """[Unit]
Description={title}
After=network.target

[Service]
ExecStart=/usr/local/bin/{command} --config {path}

[Install]
WantedBy=multi-user.target
"""


def install():
    node, tls = me(), settings()["tls"]
    for name in ("flaredb-server", "flaredb-client", "placement-driver", "firewall-cmd"):
        link = pathlib.Path("/usr/local/bin") / name
        link.unlink(missing_ok=True)
        link.symlink_to("/usr/local/lib/standin/standin.py")
    shutil.rmtree(ETC, ignore_errors=True)
    CERTS.mkdir(parents=True)
    if tls:
        with locked():
            authority(SHARED / "ca")
            certificate(SHARED / "ca", CERTS, f"flaredb-{node['name']}", node["address"])
            shutil.copy(SHARED / "ca" / "ca.crt", CERTS / "ca.crt")
            if node["number"] == 1:
                certificate(SHARED / "ca", CERTS, "placement-driver", node["address"])
    units, wanted = pathlib.Path("/etc/systemd/system"), pathlib.Path("/etc/systemd/system/multi-user.target.wants")

    def unit(name, command, path, enabled):
        (units / f"{name}.service").write_text(UNIT.format(title=name, command=command, path=path))
        (wanted / f"{name}.service").unlink(missing_ok=True)
        if enabled:
            (wanted / f"{name}.service").symlink_to(units / f"{name}.service")

    is_member = node["role"] == "member"
    unit("flaredb", "flaredb-server", STORE_SETTINGS, is_member)
    shutil.rmtree(DATA, ignore_errors=True)
    for kept in DATA.parent.glob("flaredb.*"):
        shutil.rmtree(kept)
    if is_member:
        DATA.mkdir(parents=True)
        STORE_SETTINGS.write_text(store_settings(node, tls))
    if node["number"] == 1:
        unit("placement-driver", "placement-driver", PD_SETTINGS, True)
        PD_SETTINGS.write_text(f'addr = "{node["address"]}:{PD_PORT}"\n' + (tls_table("placement-driver") if tls else ""))
    with locked():
        if read("truth.json", None) is None:
            write("truth.json", new_truth())


def new_truth():
    members = [node for node in machine()["nodes"] if node["role"] == "member"]
    return {"replicas": 3, "schedule": dict(SCHEDULE), "schedulers": list(SCHEDULERS), "operators": [], "stores": {
        str(node["number"]): {"address": f"{node['address']}:{STORE_PORT}", "node": node["name"], "state": "Up", "pending": 0,
                              "region_count": 60, "heartbeat": time.time(), "capacity": 100 * GIB, "available": 75 * GIB}
        for node in members}}


def systemctl(*words):
    subprocess.run(["systemctl", *words], check=False, capture_output=True)


def reset():
    """Each node has its turn once in a round; who comes a second time begins the next one."""
    node = me()
    systemctl("stop", "flaredb")
    with locked():
        done = read("round.json", [])
        if not done or node["name"] in done:
            done = []
            write("truth.json", new_truth())
            write("faults.json", {})
            (SHARED / "calls.jsonl").write_text("")
        write("round.json", done + [node["name"]])
        if node["role"] != "member":                       # its store may have spoken up since the round began
            there = read("truth.json", None)
            there["stores"].pop(str(node["number"]), None)
            write("truth.json", there)
    if node["number"] == 1:
        systemctl("stop", "placement-driver")
    install()
    systemctl("daemon-reload")
    systemctl("reset-failed")
    subprocess.run(["journalctl", "--rotate"], check=False, capture_output=True)
    subprocess.run(["journalctl", "--vacuum-time=1s"], check=False, capture_output=True)
    if node["number"] == 1:
        systemctl("start", "placement-driver")
    if node["role"] == "member":
        systemctl("start", "flaredb")


def ready():
    node, given = me(), settings()
    there = read("truth.json", {"stores": {}})["stores"].get(str(node["number"]), {})
    if not there or time.time() - there.get("heartbeat", 0) > 2:
        sys.exit("the store has sent no heartbeat")
    with socket.create_connection((node["address"], METRICS_PORT), 2), socket.create_connection((node["address"], STORE_PORT), 2):
        return given


def snapshot():
    """The cluster as PD has it, and this node's settings, data and units."""
    with locked():
        there = read("truth.json", {})
    for key, store in sorted(there["stores"].items()):
        if store["state"] != "Tombstone":
            print(f"store {key} {store['address']} {state_of(store)} {store['region_count']} regions")
    print(json.dumps([there["schedule"], there["schedulers"]], sort_keys=True))
    for path in sorted(ETC.rglob("*")):
        if path.is_file():
            print(f"{path} {oct(path.stat().st_mode & 0o777)} {hash_of(path)}")
    mark = DATA / "STORE"
    print("data", mark.read_text().strip() if mark.exists() else sorted(p.name for p in DATA.glob("*")) if DATA.exists() else "none")
    for name in ("flaredb", "placement-driver"):
        for word in ("is-active", "is-enabled"):
            said = subprocess.run(["systemctl", word, name], capture_output=True, text=True).stdout.strip()
            print(name, word, "inactive" if said == "failed" else said)    # that one failed once is systemd's memory alone


def hash_of(path):
    import hashlib
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def inject(words):
    name, rest = words[0], words[1:]
    known = ("pd-answers", "delete-answers", "stuck", "scheduler-off", "pending", "disk", "refuse-settings", "metrics", "slow", "say")
    if name not in known:
        sys.exit(f"no such fault: {name}; there are: {', '.join(known)}")
    with truth() as there:
        faults = read("faults.json", {}) | {name: rest}
        if rest == ["stale"]:
            faults["stale-stores"] = there["stores"]
        if name == "scheduler-off":
            there["schedule"] |= {"max-snapshot-count": 0, "max-pending-peer-count": 0}
            there["schedulers"], there["begun"] = ["balance-leader-scheduler"], 120
            there["operators"] = [{"desc": "balance-region", "status": "failed to schedule operator"}]
            first = next(iter(there["stores"].values()))
            first["region_count"] += 30
            for store in list(there["stores"].values())[1:]:
                store["region_count"] -= 15
        write("faults.json", faults)


def heal(words):
    with locked():
        faults = read("faults.json", {})
        write("faults.json", {name: value for name, value in faults.items() if words and name not in words})


def main():
    name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
    match name:
        case "flaredb-client": client(words)
        case "flaredb-server": store_server(words[words.index("--config") + 1])
        case "placement-driver": placement_driver(words[words.index("--config") + 1])
        case "firewall-cmd": firewall(words)
    match words:
        case ["describe"]: describe()
        case ["install"]: install()
        case ["ready"]: ready()
        case ["reset"]: reset()
        case ["snapshot"]: snapshot()
        case ["fault", *rest] if rest: inject(rest)
        case ["heal", *rest]: heal(rest)
        case ["certificates", directory, *rest]: make_certificates(directory, *rest)
        case _: sys.exit(__doc__) if name in ("standin", "standin.py", "flaredb.py") else None


if __name__ == "__main__":
    main()
