"""Testcontainers without Docker: the image's command is the process of FAKE_CONTAINER_COMMAND, one argument a line."""

import json
import os
import subprocess
import urllib.parse


class DockerContainer:
    def __init__(self, image):
        assert "/box-sts-box:" in image, image
        self._env = {"TMPDIR": os.environ["TMPDIR"]}
        self._ports = []

    def with_env(self, name, value):
        self._env[name] = value
        return self

    def with_exposed_ports(self, *ports):
        self._ports.extend(ports)
        return self

    def start(self):
        command = os.environ["FAKE_CONTAINER_COMMAND"].split("\n")
        self._process = subprocess.Popen(command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.ready = json.loads(self._process.stdout.readline())
        return self

    def stop(self):
        self._process.terminate()
        assert self._process.wait(20) == 0

    def get_container_host_ip(self):
        return "localhost"

    def get_exposed_port(self, port):
        assert port in self._ports, port
        return urllib.parse.urlparse(self.ready["box"]).port
