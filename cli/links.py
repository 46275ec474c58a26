"""Finds links in the Markdown documents that lead nowhere, and paths that are no links."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`(\w[\w./-]*/[\w.-]*)`")
HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")


def broken(checkout: Path) -> list[str]:
    """Name each relative link of a tracked Markdown file that leads nowhere, and each path that is no link."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=checkout, capture_output=True, text=True, check=True)
    pages = [checkout / name for name in listed.stdout.split("\0") if name]
    dead = [f"{page.relative_to(checkout)}: {target} is not there" for page in pages for target in dead_links(page)]
    bare = [f"{page.relative_to(checkout)}: {path} is no link" for page in pages for path in bare_paths(page, checkout)]
    return dead + bare


def bare_paths(page: Path, checkout: Path) -> Iterator[str]:
    """Yield the paths of this repository that a page names in its text without a link."""
    text = LINK.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    yield from (path for path in CODE.findall(text) if (checkout / path).exists())


def dead_links(page: Path) -> Iterator[str]:
    """Yield the targets of a page's relative links that do not exist."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for found in LINK.finditer(text):
        target = found[1] or found[2]
        path, _, anchor = target.partition("#")
        if target.startswith(ELSEWHERE):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            yield target


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings get on the usual Git hosts: lower case, no punctuation, hyphens."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
