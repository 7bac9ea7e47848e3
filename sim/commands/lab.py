"""`tokenrace lab`: JupyterLab on the first notebook."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import typer

from sim.commands.endings import Mistake

CHECKOUT = Path(__file__).resolve().parents[2]
TOUR = Path("notebooks") / "00_tour.ipynb"


def lab(context: typer.Context) -> None:
    """JupyterLab on notebooks/00_tour.ipynb; further arguments are handed to JupyterLab."""
    if find_spec("jupyterlab") is None:
        raise Mistake("lab needs JupyterLab; install it with: pip install 'tokenrace[lab]'")
    folder = CHECKOUT if (CHECKOUT / TOUR).exists() else Path.cwd()
    command = lab_command(
        folder,
        has_display=sys.platform != "linux" or bool(os.environ.get("DISPLAY")),
        is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
    )
    sys.stdout.flush()
    os.execv(sys.executable, [*command, *context.args])


def lab_command(folder: Path, *, has_display: bool, is_root: bool) -> list[str]:
    """The command line that starts JupyterLab on the tour, or on a folder that has none."""
    command = [sys.executable, "-m", "jupyterlab"]
    command += [] if has_display else ["--no-browser"]
    command += ["--allow-root"] if is_root else []
    if (folder / TOUR).exists():  # so that the address it prints leads to the tour, browser or not
        command.append(f"--LabApp.default_url=/lab/tree/{TOUR.as_posix()}")
    return [*command, f"--ServerApp.root_dir={folder}"]
