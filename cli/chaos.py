"""`./homeward chaos`: whole programs while everything breaks, and the proof that nothing was lost and nobody."""

import asyncio
import shutil
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from chaos.report import Summary
from chaos.run import EVENTS, Options, storm
from cli.demo import stop_when_told
from embedded.account import fresh_folder

app = typer.Typer(add_completion=False)
SHOWN = 20


@app.command("chaos")
def chaos(
    kills: int = typer.Option(16, min=0, help="How many processes are killed; other faults come by turns."),
    seed: int = typer.Option(7, help="Draws what breaks when and for how long, and who misses what."),
    json: Path | None = typer.Option(None, help="Write the summary to this file, as JSON."),
) -> None:
    """Kill, freeze, cut, repeat and wipe while cohorts go through their programs; then check every invariant.

    Status 1 when one does not hold: it is printed with the events that led to it.
    """
    if json is not None and not json.absolute().parent.is_dir():
        raise typer.BadParameter(f"--json {json}: there is no such folder")
    folder = fresh_folder("homeward-chaos-")
    console = Console()
    try:
        summary = asyncio.run(_storm(Options(kills=kills, seed=seed), folder, console))
    except asyncio.CancelledError:
        typer.echo("homeward: stopped; every server that was started has ended", err=True)
        shutil.rmtree(folder, ignore_errors=True)
        raise typer.Exit(130) from None
    if json is not None:
        json.write_text(summary.model_dump_json(indent=2) + "\n")
    show(console, summary)
    if summary.violations:
        typer.echo(
            f"homeward: every event is kept in {folder / EVENTS}, what the services wrote in {folder}/data/logs",
            err=True,
        )
        raise typer.Exit(1)
    shutil.rmtree(folder, ignore_errors=True)


async def _storm(options: Options, folder: Path, console: Console) -> Summary:
    stop_when_told()
    return await storm(options, folder, lambda words: console.print(words, highlight=False))


def show(console: Console, summary: Summary) -> None:
    """What broke, what was checked, and the verdict."""
    table = Table("fault", "target", "times")
    for kind, targets in summary.faults.items():
        for target, times in targets.items():
            table.add_row(kind, target, str(times))
    console.print(table)
    people, checked, ledger = summary.people, summary.checked, summary.ledger
    console.print(
        f"{ledger.referred} people in {people.cohorts} cohorts: {ledger.completed} completed, {ledger.withdrawn} left, "
        f"{ledger.lost_to_follow_up} lost to follow-up; {people.doses} doses, {people.circles_attended} in circles, "
        f"{people.absences} absences, {people.risks} risks, {people.pages} pages. {summary.wall_seconds:.0f} s.",
        highlight=False,
    )
    if summary.recovery:
        console.print(
            f"The longest recovery took {summary.recovery.longest:.1f} s ({summary.recovery.after}), "
            f"the median {summary.recovery.median:.1f} s.",
            highlight=False,
        )
    console.print(
        f"Checked: {checked.events:,} events ({checked.messages:,} messages on the stream), "
        f"{checked.inbox_rows:,} inbox rows, {checked.obligations:,} obligations, {checked.agendas} agendas, "
        f"{checked.workflows} workflows; {summary.mails.arrived} mails, "
        f"{summary.mails.twice_with_the_same_id} twice with the same Message-ID.",
        highlight=False,
    )
    for one in summary.violations[:SHOWN]:
        console.print(f"{one.rule}: {one.words}", style="red", markup=False, highlight=False, soft_wrap=True)
        for line in one.trail:
            console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
    if summary.violations:
        again = f"./homeward chaos --kills {summary.kills} --seed {summary.seed}"
        words = f"{len(summary.violations)} violations. Again: {again}"
        console.print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    else:
        console.print("Nobody lost, nothing twice, everything owed was closed.", style="green")
