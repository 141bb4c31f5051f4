"""A real cluster of etcd, as `belay lab` brings it up."""

import ipaddress
import pathlib
import re
import subprocess

from harness.farm import Nodes


class Lab(Nodes):
    """Its nodes; the first is a member. A context: the lab is taken down with it."""

    def __init__(self, directory, belay):
        self.belay = belay
        super().__init__(directory, [], 22, "root", f"{directory}/id_ed25519", f"{directory}/known_hosts")

    def __enter__(self):
        self.lab("up", "--spares", "0")
        text = (pathlib.Path(self.directory) / "inventory.yaml").read_text()
        self.addresses = [str(ipaddress.ip_address(found)) for found in re.findall(r"address: ([0-9.]+)", text)]
        for name, value in re.findall(r"^  (user|port): (\w+)$", text, re.MULTILINE):
            setattr(self, name, value)
        return self

    def __exit__(self, *_):
        self.lab("down")

    def lab(self, *words):
        subprocess.run([self.belay, "lab", *words, "--directory", str(self.directory)], check=True, stdout=subprocess.DEVNULL)
