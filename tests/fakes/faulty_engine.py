"""A Docker daemon of a test's own, which may be stopped and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.engine import engine_problem


class OwnEngine:
    """A second Docker daemon, with nothing in common with the one that the machine has.

    While it lives, `DOCKER_HOST` of the environment has to be `address`.
    """

    def __init__(self) -> None:
        if os.geteuid() != 0 or shutil.which("dockerd") is None:
            pytest.skip("to start a Docker daemon takes root and dockerd")
        self._outside = dict(os.environ)
        self._folder = Path(tempfile.mkdtemp())  # a short path: socket names are bounded
        self.address = f"unix://{self._folder}/engine.sock"
        self._log = (self._folder / "log").open("ab")
        self.start()

    def start(self) -> None:
        folder = self._folder
        # A network of its own, as `--bridge=none` deletes the bridge that it finds.
        command = [
            "unshare",
            "--net",
            "dockerd",
            "--data-root",
            f"{folder}/data",
            "--exec-root",
            f"{folder}/exec",
        ]
        command += ["--pidfile", f"{folder}/pid", "--host", self.address]
        command += ["--bridge=none", "--iptables=false"]
        self._daemon = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def wait(self) -> None:
        """Wait until it answers; skip the test where it does not start."""
        until = time.monotonic() + 60
        while problem := engine_problem():
            if self._daemon.poll() is not None or time.monotonic() > until:
                last = (self._folder / "log").read_text().splitlines()[-1:]
                pytest.skip(f"no second Docker daemon here: {problem}; {last}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask it to stop, as `systemctl stop docker` does: its containers end, too."""
        self._daemon.send_signal(signal.SIGTERM)
        self._daemon.wait(60)

    def restart(self) -> None:
        self.stop()
        self.start()

    def load(self, image: str) -> None:
        """Bring an image over from the machine's own daemon."""
        save_image = ["docker", "save", image]
        with subprocess.Popen(save_image, stdout=subprocess.PIPE, env=self._outside) as save:
            load = ["docker", "--host", self.address, "load"]
            subprocess.run(load, stdin=save.stdout, check=True, capture_output=True)
        if save.returncode:
            raise SandboxError(f"docker save {image} failed")

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        if self._daemon.poll() is None:
            self.stop()
        self._log.close()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in sorted((m for m in mounts if m.startswith(str(self._folder))), reverse=True):
            subprocess.run(["umount", "-l", mount], check=True)
        shutil.rmtree(self._folder)
