"""The programs that are compared: where they come from and how each runs one command on many nodes."""

import pathlib
import shutil
import subprocess
import sys

IN_FLIGHT = "64"  # nodes at once, for every tool
SSH_KEY_EXCHANGE_NODES_MAX = 50  # beyond, ssh's default key exchange takes minutes and teaches nothing new
PYINFRA = "pyinfra>=3,<4"

PYINFRA_INVENTORY = """\
hosts = {hosts!r}, {{
    "ssh_user": {user!r}, "ssh_port": {port}, "ssh_key": {key!r}, "ssh_allow_agent": False,
    "ssh_look_for_keys": False, "ssh_known_hosts_file": {known_hosts!r}, "ssh_strict_host_key_checking": "yes",
}}
"""


class Tools:
    """What can be measured here. `missing` says what cannot, and why."""

    def __init__(self, root, work, belay):
        self.work = pathlib.Path(work)
        self.belay = belay
        self.runbook = str(root / "Benchmarks" / "fanout.yaml")
        self.missing = []
        self.build(root / "Benchmarks")
        self.clush = self.debian("clush", "clustershell")
        self.ansible = self.debian("ansible", "ansible-core")
        self.pyinfra = self.install_pyinfra()

    def build(self, sources):
        for name in ("measure", "startup", "baseline", "events"):
            subprocess.run(
                ["gcc", "-O2", "-Wall", "-Wextra", "-std=gnu11", str(sources / f"{name}.c"), "-o",
                 str(self.work / name), "-lyaml" if name == "events" else "-lssh"], check=True)
        self.measure, self.startup, self.baseline, self.events = (
            str(self.work / name) for name in ("measure", "startup", "baseline", "events"))

    def debian(self, program, package):
        path = shutil.which(program)
        if not path:
            self.missing.append(f"{package} is not installed (`scripts/install-dependencies bench` installs it)")
        return path

    def install_pyinfra(self):
        """In an environment of its own, made once."""
        environment = self.work / "pyinfra"
        program = environment / "bin" / "pyinfra"
        if not program.exists():
            print("Installing pyinfra from PyPI into Benchmarks/.work", file=sys.stderr)
            try:
                subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
                subprocess.run([str(environment / "bin" / "pip"), "-q", "install", PYINFRA], check=True)
            except (OSError, subprocess.CalledProcessError) as problem:
                self.missing.append(f"pyinfra could not be installed: {problem}")
                return None
        return str(program)

    def environment(self, farm):
        """Nothing of whoever measures: no agent, no configuration, a home of the farm's own. And no terminals,
        which an ordinary user's sshd cannot hand out."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(farm.home), "LANG": "C.UTF-8",
            "BELAY_HOME": str(farm.home / "belay"), "ANSIBLE_HOME": str(farm.home / "ansible"),
            "ANSIBLE_SSH_ARGS": f"-F {farm.ssh_config}", "ANSIBLE_SSH_USETTY": "false",
        }

    def fan_out(self, farm, count, command="true", quick=False):
        """Connect to `count` nodes and run one command on each: a command line for every tool."""
        hosts = farm.hosts(count)
        cases = {
            "C on libssh": [
                self.baseline, "-h", hosts, "-p", str(farm.port), "-u", farm.user, "-i", farm.key, "-k",
                farm.known_hosts, "-w", IN_FLIGHT, command],
            "belay plan": [
                self.belay, "plan", self.runbook_with(command), "-i", farm.inventory(count), "--limit", "farm",
                "--forks", IN_FLIGHT],
        }
        if self.pyinfra:
            inventory = farm.write(f"inventory.{count}.py", PYINFRA_INVENTORY.format(
                hosts=farm.addresses[:count], user=farm.user, port=farm.port, key=farm.key,
                known_hosts=farm.known_hosts))
            cases["pyinfra exec"] = [
                self.pyinfra, "-y", "--parallel", IN_FLIGHT, inventory, "exec", "--", command]
        if quick:
            return cases
        curve = "-o KexAlgorithms=curve25519-sha256"
        if self.clush:
            clush = [self.clush, "-q", "-S", "--hostfile", hosts, "-f", IN_FLIGHT, "-o"]
            if count <= SSH_KEY_EXCHANGE_NODES_MAX:
                cases["clush (ssh)"] = [*clush, f"-F {farm.ssh_config}", command]
            cases["clush (ssh, curve25519)"] = [*clush, f"-F {farm.ssh_config} {curve}", command]
        if self.ansible:
            ansible = [self.ansible, "all", "-i", hosts, "-f", IN_FLIGHT, "-m", "raw", "-a", command]
            cases["ansible raw (ssh, curve25519)"] = [*ansible, f"--ssh-common-args={curve}"]
        return cases

    def runbook_with(self, command):
        if command == "true":
            return self.runbook
        text = pathlib.Path(self.runbook).read_text()
        path = self.work / "fanout-counted.yaml"
        path.write_text(text.replace('run: "true"', f"run: {command}"))
        return str(path)

    def start_up(self):
        cases = {"C that links libssh": [self.startup], "belay version": [self.belay, "version"]}
        if self.clush:
            cases["clush --version"] = [self.clush, "--version"]
        if self.pyinfra:
            cases["pyinfra --version"] = [self.pyinfra, "--version"]
        if self.ansible:
            cases["ansible --version"] = [self.ansible, "--version"]
        return cases
