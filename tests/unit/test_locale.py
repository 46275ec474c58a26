"""No word that a command prints fails on the locale, and files are read as UTF-8 in each."""

import os
import re
import subprocess

import pytest

from cli import CHECKOUT

LOCALES = {
    "latin": {"PYTHONIOENCODING": "latin-1"},
    "none": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_protocol_is_shown_whole_in_every_locale_on_a_narrow_terminal(locale: str) -> None:
    command = [CHECKOUT / "homeward", "protocol", "show", "rtt3"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    shown = subprocess.run(command, capture_output=True, env=plain | LOCALES[locale] | {"COLUMNS": "60"}, timeout=120)
    assert shown.returncode == 0, shown.stderr
    text = shown.stdout.decode("latin-1" if locale == "latin" else "utf-8")
    assert "\u2026" not in text, "a word was cut"
    assert re.search(r"Ketamine", text, re.IGNORECASE)
