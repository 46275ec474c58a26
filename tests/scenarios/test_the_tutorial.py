"""The tutorial, typed from its first command to its last."""

from pathlib import Path

import pytest

from embedded.stack import ROOT
from tests.lib import tutorial
from tests.lib.tutorial import Shell

DOCUMENT = ROOT / "docs" / "tutorial.md"
STARTS, IS_READY = "./homeward up", "all of this"
WIDTH = "100"


@pytest.mark.long
async def test_every_command_prints_what_the_tutorial_shows(folder: Path) -> None:
    """Homeward runs in the first terminal; everything else is typed in the second one, with the same data folder."""
    document = DOCUMENT.read_text().replace("/tmp/homeward-tutorial", str(folder / "data"))
    environment = {"COLUMNS": WIDTH}
    async with Shell.open(ROOT, environment) as first, Shell.open(ROOT, environment) as second:
        for step in tutorial.steps(document):
            if STARTS in step.typed:
                await first.type(step.typed)
                await first.printed_until(IS_READY)
                continue
            printed = await second.run(step.typed)
            assert tutorial.agrees(step.shown or "", printed), (
                f"{step.typed}\nshows\n{step.shown}\nand printed\n{printed}"
            )
