"""The container's own commands as processes, for the tests that look at them from outside."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCKER = ROOT / "docker"


class Web:
    """The container's command with the image's settings, short of the container."""

    def __init__(self, environment):
        self.address = f"http://127.0.0.1:{environment['PORT']}"
        self.environment = environment
        self.process = subprocess.Popen(
            [DOCKER / "entrypoint.sh", "web"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        self.wait()

    def wait(self):
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the web server did not come up")

    def ready(self):
        """(status code, answer, seconds it took)"""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return answer.status, json.load(answer), time.monotonic() - began
        except urllib.error.HTTPError as answer:
            return answer.code, json.load(answer), time.monotonic() - began

    def probe(self):
        return subprocess.run([sys.executable, DOCKER / "probe.py"], env=self.environment, check=False).returncode

    def ended(self):
        """Its exit status, once it has come to its end by itself."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=40)
        return self.process.returncode, [json.loads(line) for line in log.splitlines()]
