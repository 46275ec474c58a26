"""`./homeward lock`: the lock files from pyproject.toml, for every platform, with hashes and no download address."""

import subprocess
import sys

import typer

from cli import CHECKOUT

app = typer.Typer(add_completion=False)

COMPILE = [
    *("uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11"),
    *(
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--custom-compile-command",
        "./homeward lock",
    ),
]
DEVELOPMENT = ["--group", "dev", "-o", "requirements.lock"]
PRODUCTION = ["--constraint", "requirements.lock", "--no-annotate", "-o", "deploy/requirements.lock"]


@app.command()
def lock(upgrade: bool = typer.Option(False, help="Take newer versions where pyproject.toml allows them.")) -> None:
    """Write requirements.lock again from pyproject.toml, and the part of it that the images carry.

    The next ./homeward installs the first, the next image build the second, deploy/requirements.lock.
    """
    for selection in (DEVELOPMENT, PRODUCTION):
        command = [sys.executable, "-m", *COMPILE, *selection, *(["--upgrade"] if upgrade else [])]
        if code := subprocess.run(command, cwd=CHECKOUT).returncode:
            raise typer.Exit(code)
