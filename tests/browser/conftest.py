"""A real browser before a real JupyterLab, on loopback; where there is none, a line says so."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: A page of the tests must not ask the network for anything.
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
#: JupyterLab asks once whether it may fetch news: it may not. It leaves out cells that are not in
#: view, and a test could not count them: it may not either.
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
START_S = 60


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser; the test is skipped where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine: install it (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A copy of the notebooks, for a front end that saves what it opens."""
    made = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", made / "notebooks")
    settings = made / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES))
    return made


def environment(folder):
    """Jupyter's, kept apart from whatever the user of this machine has set."""
    places = ("CONFIG", "DATA", "RUNTIME")
    apart = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in places}
    labs = {
        f"JUPYTERLAB_{name}_DIR": str(folder / name.lower()) for name in ("SETTINGS", "WORKSPACES")
    }
    return (
        os.environ | apart | labs | {"IPYTHONDIR": str(folder / "ipython"), "PYTHONHASHSEED": "0"}
    )


def served(command, folder, log):
    """The address of a server that this command starts, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", *(word.format(port=port) for word in command)]
    process = subprocess.Popen(
        words, cwd=folder, env=environment(folder), stdout=log, stderr=subprocess.STDOUT
    )
    address, until = f"http://127.0.0.1:{port}", monotonic() + START_S
    while not answers(address):
        assert process.poll() is None, f"{words} ended with {process.returncode}"
        assert monotonic() < until, f"{words} does not answer"
        sleep(0.1)
    return address, process


def answers(address):
    """Whether a server is there, whatever it says."""
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def lab(folder):
    """The address of a JupyterLab on the notebooks."""
    command = ["jupyter", "lab", "--no-browser", "--port={port}", "--ip=127.0.0.1"]
    more = ["--allow-root", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    with (folder / "lab.log").open("w") as log:
        address, process = served([*command, *more], folder, log)
        yield address
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def voila(folder):
    """The address of the laboratory as an app."""
    notebook = folder / "notebooks" / "laboratory.ipynb"
    command = ["voila", str(notebook), "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"]
    with (folder / "voila.log").open("w") as log:
        address, process = served(command, folder, log)
        yield address
        process.terminate()
        process.wait(20)


@pytest.fixture
def page(chromium):
    """An empty page of 1280 × 800; it keeps what its console says is wrong in `page.errors`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        made = browser.new_page(viewport={"width": 1280, "height": 800})
        made.errors = []
        made.on("console", lambda said: said.type == "error" and made.errors.append(said.text))
        made.on("pageerror", lambda error: made.errors.append(str(error)))
        made.set_default_timeout(90_000)
        yield made
        browser.close()
