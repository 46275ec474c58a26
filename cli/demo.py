"""`./homeward demo`: a whole program in virtual time, on real servers, before one's eyes."""

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from cli import screen
from cli.stopping import stop_when_told
from embedded.account import passing_folder
from rehearsal.display import Display
from rehearsal.grid import with_legend
from rehearsal.run import PROTOCOLS, Options, Outcome, Rehearsal, for_ever, read_input, rehearse, rehearsing
from rehearsal.scenario import Scenario, stand_ins
from rehearsal.tables import absences_table, ledger_table, outcomes_table, people_table
from shared.document import FaultyFile
from shared.protocol.library import ProtocolGone, ProtocolLibrary

app = typer.Typer(add_completion=False)


@app.command("demo")
def demo(
    seed: int = typer.Option(7, help="The same seed gives the same scenario."),
    referrals: Path | None = typer.Option(None, help="Your own referrals (CSV), instead of those of the example."),
    json: Path | None = typer.Option(None, help="Write the summary to this file, as JSON."),
    keep: bool = typer.Option(False, "--keep", help="Leave it running at the end, and print the addresses."),
    protocol: str = typer.Option("weekly6", help="Which program: a protocol with an example of the same name."),
) -> None:
    """Rehearse a whole program, from referral to its last measure, on real servers in virtual time.

    Status 1 when the ledger does not balance, something due has no owner, or a rule was broken.
    """
    scenario = checked(Options(protocol, seed, referrals), json)
    published = ProtocolLibrary(PROTOCOLS).latest(protocol)
    if published.cohort.unset:
        typer.echo(stand_ins.sentence(published, scenario.protocol))
    data = passing_folder("homeward-demo-")
    is_over = False
    try:
        passed = asyncio.run(_rehearse(scenario, seed, data, json, keep))
        is_over = passed
    except asyncio.CancelledError:
        is_over = True
        typer.echo("homeward: stopped; every server that was started has ended", err=True)
        raise typer.Exit(130) from None
    finally:
        leave_nothing_but(None if is_over else data / "logs", data)
    if not passed:
        raise typer.Exit(1)


def leave_nothing_but(logs: Path | None, data: Path) -> None:
    """Remove the data folder; when something went wrong what the services wrote stays, and where is said."""
    if logs is None or not logs.is_dir():
        shutil.rmtree(data, ignore_errors=True)
        return
    for each in data.iterdir():
        if each != logs:
            shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)
    typer.echo(f"homeward: what the services wrote is kept in {logs}", err=True)


def checked(options: Options, json: Path | None) -> Scenario:
    """The scenario, when everything that was given is right; else every fault in words, and status 2."""
    try:
        if json is not None:
            _can_write(json)
        if options.referrals is not None and not options.referrals.is_file():
            raise KeyError(f"{options.referrals}: expected a file of referrals (CSV), and there is none")
        return read_input(options)
    except (FaultyFile, ProtocolGone, KeyError, OSError) as wrong:
        words = screen.in_80_columns(f"homeward: {wrong.args[0]}") if isinstance(wrong, KeyError) else str(wrong)
        typer.echo(words, err=True)
        raise typer.Exit(2) from None


def _can_write(json: Path) -> None:
    folder = json.absolute().parent
    if json.is_dir() or not folder.is_dir() or not os.access(json if json.exists() else folder, os.W_OK):
        raise KeyError(f"--json {json}: expected a file in a folder that can be written to")


async def _rehearse(scenario: Scenario, seed: int, data: Path, json: Path | None, keep: bool) -> bool:
    console = screen.console(highlight=True)
    stop_when_told()
    with Display(console, scenario) as display:
        async with rehearsing(scenario, seed, data, display) as rehearsal:
            outcome = await rehearse(rehearsal)
            display.end()
            write(json, outcome)
            console.print(
                verdict(outcome), with_legend(outcome.summary.grid, console.width), "", sep="\n\n", highlight=False
            )
            show(console, outcome)
            if keep:
                _addresses(console, rehearsal)
                with suppress(asyncio.CancelledError):
                    await for_ever()
    return not outcome.failures


def write(json: Path | None, outcome: Outcome) -> None:
    if json is not None:
        json.write_text(outcome.summary.model_dump_json(indent=2) + "\n")


def show(console: Console, outcome: Outcome) -> None:
    """The tables at the end, and the verdict."""
    summary = outcome.summary
    tables = (
        people_table(summary, outcome.scenario),
        absences_table(summary),
        outcomes_table(summary, outcome.scenario.protocol),
    )
    for table in (*tables, ledger_table(outcome.ledger.referred, outcome.ledger.by_state, outcome.ledger.balanced)):
        console.print(table, "")
    owed, messages = summary.obligations, summary.messages
    pages = f"{messages.pages} {'page' if messages.pages == 1 else 'pages'}"
    console.print(
        f"{summary.virtual.start:%Y-%m-%d} to {summary.virtual.end:%Y-%m-%d} in {summary.wall_seconds:.0f} s, "
        f"{summary.clock.steps:,} steps of the clock. {summary.events.published:,} events, "
        f"{messages.sent:,} messages sent, {messages.suppressed:,} suppressed, {pages}. "
        f"{owed.opened:,} tasks opened, {owed.closed:,} closed, {owed.open_without_owner} without owner, "
        f"{owed.overdue} overdue.",
        highlight=False,
    )
    for failure in outcome.failures:
        console.print(failure, style="red", markup=False, highlight=False)
    console.print(verdict(outcome), highlight=False)


def verdict(outcome: Outcome) -> Text:
    """Say in one sentence what the rehearsal came to."""
    if not outcome.failures:
        return Text("Everybody is accounted for, and no rule was broken.", "green")
    faults = len(outcome.failures)
    return Text(f"This rehearsal failed: {faults} {'fault' if faults == 1 else 'faults'}, named at the end.", "red")


def _addresses(console: Console, rehearsal: Rehearsal) -> None:
    endpoints = rehearsal.stack.endpoints
    console.print("It is still running; Ctrl-C ends it.", style="bold")
    for name, url in endpoints.services.items():
        console.print(f"  {name:14} {url}/docs", highlight=False)
    console.print(
        f"  NATS           {endpoints.nats_url}\n  Temporal       {endpoints.temporal_address}", highlight=False
    )
    console.print(f"  PostgreSQL     {endpoints.postgres_host}:{endpoints.postgres_port}", highlight=False)
    console.print(f"  mail           {endpoints.mail_dir}", highlight=False)
    console.print(f"  ./homeward ledger --data {endpoints.data}", highlight=False)
