"""`./homeward lock`: requirements.lock from pyproject.toml, for every platform, with hashes and no download address."""

import subprocess
import sys

import typer

from cli import CHECKOUT

app = typer.Typer(add_completion=False)

COMPILE = [
    *("uv", "pip", "compile", "pyproject.toml", "--group", "dev", "-o", "requirements.lock", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
    *("--custom-compile-command", "./homeward lock"),
]


@app.command()
def lock(upgrade: bool = typer.Option(False, help="Take newer versions where pyproject.toml allows them.")) -> None:
    """Write requirements.lock again from pyproject.toml; the next ./homeward installs it."""
    command = [sys.executable, "-m", *COMPILE, *(["--upgrade"] if upgrade else [])]
    raise typer.Exit(subprocess.run(command, cwd=CHECKOUT).returncode)
