"""`./homeward chaos`: whole programs while everything breaks, and the proof that nothing was lost and nobody."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console

from chaos import virtual as rehearsed
from chaos.report import EVENTS, Summary
from chaos.run import Options, experiment
from cli import screen
from cli.demo import checked
from cli.stopping import stop_when_told
from embedded.account import fresh_folder
from rehearsal.display import Display
from rehearsal.run import Options as RehearsalOptions
from rehearsal.scenario import Scenario

app = typer.Typer(add_completion=False)
SHOWN = 20


@app.command("chaos")
def chaos(
    kills: int = typer.Option(16, min=0, help="How many processes are killed; other faults come by turns."),
    seed: int = typer.Option(7, help="Draws what breaks when and for how long, and who misses what."),
    json: Path | None = typer.Option(None, help="Write the summary to this file, as JSON."),
    virtual: bool = typer.Option(False, "--virtual", help="Kill services and NATS during a rehearsal instead."),
    protocol: str = typer.Option("weekly6", help="Which program --virtual rehearses."),
) -> None:
    """Kill, freeze, cut, fill, repeat and wipe while cohorts go through their programs; then check every invariant.

    Status 1 when one does not hold: it is printed with the events that led to it. With Ctrl-C nothing breaks any more:
    programs come to their end, and what broke so far is judged; the second one stops at once.
    """
    scenario = checked(RehearsalOptions(protocol, seed), json)
    folder = fresh_folder("homeward-chaos-")
    console = screen.console(highlight=True)
    injecting = _rehearsed(scenario, seed, kills, folder, console) if virtual else _storm(kills, seed, folder, console)
    try:
        summary = asyncio.run(injecting)
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


async def _storm(kills: int, seed: int, folder: Path, console: Console) -> Summary:
    """Ctrl-C ends the faults, and what broke so far is judged; the second one stops at once."""
    enough = asyncio.Event()

    def say(words: str) -> None:
        console.print(words, highlight=False, soft_wrap=True)

    def clear() -> None:
        enough.set()
        say("nothing breaks any more: programs come to their end and are judged (Ctrl-C again stops at once)")

    stop_when_told(clear)
    return await experiment(Options(kills=kills, seed=seed), folder, say, enough)


async def _rehearsed(scenario: Scenario, seed: int, kills: int, folder: Path, console: Console) -> Summary:
    stop_when_told()
    with Display(console, scenario) as display:
        return await rehearsed.experiment(scenario, seed, kills, folder, display)


def show(console: Console, summary: Summary) -> None:
    """What broke, what was checked, and the verdict."""
    table = screen.table("fault", "target", "times")
    for kind, targets in summary.faults.items():
        for target, times in targets.items():
            table.add_row(kind, target, str(times))
    console.print(table)
    for kind, why in summary.left_out.items():
        console.print(f"Left out: {kind}, because {why}.", style="yellow", markup=False, highlight=False)
    for line in _counted(summary):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for one in summary.violations[:SHOWN]:
        console.print(f"{one.rule}: {one.words}", style="red", markup=False, highlight=False, soft_wrap=True)
        for line in one.trail:
            console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
    if summary.violations:
        words = f"{len(summary.violations)} violations. Again: {summary.command}"
        console.print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    else:
        console.print("Everybody is accounted for, nothing was done twice, everything due was closed.", style="green")


def _counted(summary: Summary) -> Iterator[str]:
    people, found, ledger = summary.people, summary.checked, summary.ledger
    for server, disk in summary.full_disks.items():
        yield (
            f"Full disks of {server}: {disk.times}; that it said it felt: {disk.felt}; after which it was started "
            f"again: {disk.restarted}."
        )
    yield (
        f"{ledger.referred} people in {people.cohorts} cohorts: {ledger.completed} completed, {ledger.withdrawn} left, "
        f"{ledger.lost_to_follow_up} lost to follow-up; {people.doses} doses, {people.circles_attended} in circles, "
        f"{people.absences} absences, {people.risks} risks, {people.pages} pages. {summary.wall_seconds:.0f} s."
    )
    if summary.recovery:
        yield (
            f"The longest recovery took {summary.recovery.longest:.1f} s ({summary.recovery.after}), "
            f"the median {summary.recovery.median:.1f} s."
        )
    yield (
        f"Checked: {found.events:,} events ({found.messages:,} messages on the stream), "
        f"{found.inbox_rows:,} inbox rows, {found.obligations:,} obligations, {found.audit_rows:,} audit rows, "
        f"{found.agendas} agendas, {found.workflows} workflows; {summary.mails.arrived} mails, "
        f"{summary.mails.twice_with_the_same_id} twice with the same Message-ID."
    )
