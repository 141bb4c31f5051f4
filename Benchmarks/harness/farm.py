"""Many real sshd addresses on loopback, with keys of their own, for root and for an ordinary user alike."""

import getpass
import os
import pathlib
import random
import shutil
import socket
import subprocess
import time

SSHD = "/usr/sbin/sshd"
ADDRESSES_PER_SSHD = 16  # the most that one sshd listens on


class Nodes:
    """Addresses where sshd listens, and how to get in."""

    def __init__(self, directory, addresses, port, user, key, known_hosts):
        self.directory = pathlib.Path(directory)
        self.addresses, self.port = addresses, port
        self.user, self.key, self.known_hosts = user, key, known_hosts

    def hosts(self, count):
        """A file with the first `count` addresses, one a line."""
        return self.write(f"hosts.{count}", "".join(f"{address}\n" for address in self.addresses[:count]))

    def inventory(self, count):
        """belay's inventory of the first `count` addresses."""
        nodes = "".join(
            f"      n{number}: {{ address: {address} }}\n"
            for number, address in enumerate(self.addresses[:count], start=1))
        return self.write(f"inventory.{count}.yaml", (
            f"ssh: {{ user: {self.user}, port: {self.port}, identity: {self.key}, known_hosts: {self.known_hosts} }}\n"
            f"clusters:\n  farm:\n    system: etcd\n    nodes:\n{nodes}"))

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return str(path)


class Farm(Nodes):
    """`size` addresses. A context: its servers end with it, and only those that it started."""

    def __init__(self, directory, size, log_level="ERROR"):
        network = f"127.{random.randint(16, 250)}.{random.randint(0, 250)}"
        addresses = [f"{network}.{last}" for last in range(1, size + 1)]
        super().__init__(
            directory, addresses, free_port(addresses[0]), getpass.getuser(), f"{directory}/key", f"{directory}/known_hosts")
        self.log_level = log_level
        self.ssh_config = str(self.directory / "ssh_config")
        self.home = self.directory / "home"
        self.servers = []

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.home.mkdir(parents=True)
        for name in ("key", "host_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.directory / name)],
                check=True)
        host_key = " ".join((self.directory / "host_key.pub").read_text().split()[:2])
        self.write("known_hosts", "".join(f"[{address}]:{self.port} {host_key}\n" for address in self.addresses))
        self.write("ssh_config", self.client_configuration())
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # its service would have made it
        try:
            for first in range(0, len(self.addresses), ADDRESSES_PER_SSHD):
                self.start(first // ADDRESSES_PER_SSHD, self.addresses[first:first + ADDRESSES_PER_SSHD])
            for address in self.addresses:
                wait_until_listening(address, self.port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.terminate()
        for server in self.servers:
            server.wait()
        self.servers = []

    def start(self, number, addresses):
        configuration = "".join(f"ListenAddress {address}:{self.port}\n" for address in addresses)
        configuration += (
            f"HostKey {self.directory}/host_key\nAuthorizedKeysFile {self.directory}/key.pub\nSetEnv HOME={self.home}\n"
            "PidFile none\nStrictModes no\nUsePAM no\nUseDNS no\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\n"
            f"MaxStartups 1000\nLogLevel {self.log_level}\n")
        file = self.write(f"sshd{number}.conf", configuration)
        log = self.directory / f"sshd{number}.log"
        self.servers.append(subprocess.Popen([SSHD, "-D", "-f", file, "-E", str(log)]))

    def client_configuration(self):
        """For the tools that start ssh. One connection a command: a master left behind would serve the next run."""
        return (
            f"Host 127.*\n  User {self.user}\n  Port {self.port}\n  IdentityFile {self.key}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking yes\n  BatchMode yes\n  ControlMaster no\n  LogLevel ERROR\n")


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def wait_until_listening(address, port):
    for _ in range(500):
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"no sshd listens on {address}:{port}; its log is beside its configuration")
