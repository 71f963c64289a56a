"""The local Box as a container, for pytest; docs/image.md describes it. Needs: pip install testcontainers"""

import json
import os
import secrets
import urllib.parse
import urllib.request

from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

IMAGE = os.environ.get("BOX_IMAGE", "ghcr.io/OWNER/box-sts-box:0.1.0")


class LocalBox:
    """Use it with `with`; it ends with the block."""

    def __init__(self):
        self._token = secrets.token_hex(16)
        self._container = (
            DockerContainer(IMAGE).with_env("BOX_STS_CONTROL_TOKEN", self._token).with_exposed_ports(8702)
        )

    def __enter__(self):
        self._container.start()
        wait_for_logs(self._container, "Ctrl-C ends it")
        host = self._container.get_container_host_ip()
        self.url = f"http://{host}:{self._container.get_exposed_port(8702)}"
        return self

    def __exit__(self, *_):
        self._container.stop()

    def control(self, path, form=None, base=None):
        """POST /_sandbox/<path>: faults, clock, reset, of the enterprise at `base`."""
        request = urllib.request.Request(
            f"{base or self.url}/_sandbox/{path}",
            data=urllib.parse.urlencode(form or {}).encode(),
            headers={"Authorization": f"Bearer {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def enterprise(self, name):
        """An enterprise of its own: its `url`, and the `config` (config.json) of its app."""
        return self.control("enterprises", {"name": name})
