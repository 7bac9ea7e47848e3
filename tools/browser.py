"""A Jupyter server on loopback and a Chromium before it: for the tests and for measuring.

Rule: both are kept apart from whatever the user of this machine has set, and ask no network.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium on this machine: install it (Debian: apt-get install chromium)"
#: A page must not ask the network for anything.
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
VIEW: Any = {"width": 1280, "height": 800}
#: JupyterLab asks once whether it may fetch news: it may not. It leaves out cells that are not in
#: view, and nobody could count them: it may not either.
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
LAB = [
    *("jupyter", "lab", "--no-browser", "--port={port}", "--ip=127.0.0.1", "--allow-root"),
    *("--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"),
]
START_S, END_S = 60, 20


def chromium() -> str | None:
    """The path of the browser, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def prepare(folder: Path) -> None:
    """Copy the notebooks to a folder, for a front end that saves what it opens."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=_sockets)
    settings = folder / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES))


def _sockets(folder: str, names: list[str]) -> list[str]:
    """Where kernels that run there listen: they cannot be copied."""
    return [name for name in names if (Path(folder) / name).is_socket()]


@contextmanager
def served(command: Sequence[str], folder: Path) -> Iterator[str]:
    """The address of a server that this command starts; what it says is in `server.log`.

    Raises RuntimeError when it ends or does not answer in time.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", *(word.format(port=port) for word in command)]
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            words, cwd=folder, env=_apart(folder), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address, until = f"http://127.0.0.1:{port}", monotonic() + START_S
            while not _answers(address):
                if process.poll() is not None or monotonic() > until:
                    raise RuntimeError(f"{' '.join(command)}: no answer; see {log.name}")
                sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(END_S)


def _apart(folder: Path) -> dict[str, str]:
    """Jupyter's places, all of them below the folder."""
    jupyter = {f"JUPYTER_{n}_DIR": str(folder / n.lower()) for n in ("CONFIG", "DATA", "RUNTIME")}
    lab = {f"JUPYTERLAB_{n}_DIR": str(folder / n.lower()) for n in ("SETTINGS", "WORKSPACES")}
    return (
        os.environ | jupyter | lab | {"IPYTHONDIR": str(folder / "ipython"), "PYTHONHASHSEED": "0"}
    )


def _answers(address: str) -> bool:
    """Whether a server is there, whatever it says."""
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
