"""The homeward command. Each command lives in its own module of `cli/` and is imported only when it is used."""

import re
import tomllib
from difflib import get_close_matches
from importlib import import_module
from inspect import cleandoc
from typing import Any, NamedTuple

import typer
import typer.core
import typer.main
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from cli import CHECKOUT
from cli.screen import in_80_columns


class Command(NamedTuple):
    """Where a command lives: a module with `app = typer.Typer(add_completion=False)`, and its line in the help."""

    module: str
    summary: str


GROUPS = {
    "Rehearse and prove": {
        "demo": Command("cli.demo", "Rehearse a whole program in virtual time, on real servers."),
        "chaos": Command("cli.chaos", "Break everything while programs run, and check that nothing was lost."),
    },
    "Run": {
        "up": Command("cli.up", "Run Homeward on this machine until Ctrl-C; data survives restarts."),
        "clock": Command("cli.clock", "Show or move the time of a Homeward that runs in virtual time."),
        "token": Command("cli.token", "Make a bearer token for a role at a site."),
        "call": Command("cli.call", "Send one request to a service, in a role, and print the answer."),
        "secrets": Command("cli.secrets", "Make the passwords and keys of the compose stack."),
        "attach": Command("cli.attach", "Let the other commands reach what compose runs."),
        "smoke": Command("cli.smoke", "Prove that a referral posted over HTTP comes out as an event on NATS."),
    },
    "Look": {
        "events": Command("cli.events", "Show what happened, and follow what happens."),
        "cohorts": Command("cli.cohorts", "List cohorts, show one with its calendar and people, open one."),
        "program": Command("cli.program", "Show one person's program: its phase, what is next and why."),
        "ledger": Command("cli.ledger", "Show where everybody stands, and whether the numbers agree."),
        "audit": Command("cli.audit", "Verify the audit trail; show who did what; explain what a dose was based on."),
    },
    "Repair and move": {
        "zones": Command("cli.zones", "Show what newer time-zone data changes in booked calendars, and apply it."),
        "reconcile": Command("cli.reconcile", "Show what was lost between database, stream and Temporal; repair it."),
        "backup": Command("cli.backup", "Copy a running Homeward into a folder: database and streams."),
        "restore": Command("cli.restore", "Make a new data folder from a backup."),
        "replay": Command("cli.replay", "Show which open workflows would break under the code of this checkout."),
        "builds": Command("cli.builds", "Show which versions run the workflows, and what is left on old ones."),
        "deadletters": Command("cli.deadletters", "List the messages that could not be handled; try them again."),
    },
    "Protocols": {
        "amend": Command("cli.amend", "Move a running cohort to another version of its protocol."),
        "protocol": Command("cli.protocol", "Check, read, compare, sign off and release protocols."),
    },
    "Develop": {
        "docs": Command("cli.docs", "Write the generated documents again."),
        "test": Command("cli.tests", "Run the tests, all of them or by category."),
        "check": Command("cli.check", "Check style, types, import rules, protocols, events, documents and links."),
        "lock": Command("cli.lock", "Write requirements.lock again from pyproject.toml."),
    },
}
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}


PLAINLY = (
    (re.compile(r"Input should be a valid integer.*"), "expected a whole number"),
    (re.compile(r"Input should be a valid number.*"), "expected a number"),
    (re.compile(r"Input should be a valid UUID.*"), "expected an id, such as 01a22c38-c69f-7076-928f-6e7a2a3410c2"),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"expected \1 or more"),
    (re.compile(r"Got unexpected extra argument\(s\) \((.*)\)"), r"This command does not take \1"),
    (re.compile(r"Invalid value: "), ""),
)
"""What the libraries below say of a wrong value, and what we say instead."""


class Commands(typer.core.TyperGroup):
    """Shows every command by its summary and imports only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        group = next(name for name, commands in GROUPS.items() if cmd_name in commands)
        return typer.core.TyperCommand(cmd_name, help=COMMANDS[cmd_name].summary, rich_help_panel=group)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and (near := get_close_matches(args[0], COMMANDS, n=1, cutoff=0.7)):
            ctx.fail(f"There is no command '{args[0]}'. Did you mean '{near[0]}'?")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name in COMMANDS:
            command = unbroken(typer.main.get_command(import_module(COMMANDS[name].module).app))
        return name, command, rest


def unbroken(command: Any) -> Any:
    """Join the lines of each paragraph of a command's help and its subcommands': the terminal breaks them, not we."""
    paragraphs = cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(each.split("\n")) for each in paragraphs)
    for below in getattr(command, "commands", {}).values():
        unbroken(below)
    return command


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Homeward carries each participant of a group therapy program from referral to follow-up.",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"homeward {tomllib.loads((CHECKOUT / 'pyproject.toml').read_text())['project']['version']}")
        raise typer.Exit


@app.callback()
def homeward(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None: ...


def main() -> None:
    from cli.screen import print_in_any_locale
    from shared.process_exit import leave

    print_in_any_locale()
    leave(_status())


def _status() -> int:
    """What the command that was called comes to."""
    from embedded.errors import EmbeddedError

    try:
        # Not standalone: Typer would draw a frame around a wrong word, eighty columns wide and in colours.
        status = app(prog_name="homeward", standalone_mode=False)
    except NoArgsIsHelpError as asked:
        asked.show()
        return asked.exit_code
    except ClickException as refused:
        typer.echo(sentence(refused), err=True)
        return refused.exit_code
    except typer.Abort:
        typer.echo("homeward: stopped; nothing more is done", err=True)
        return 1
    except EmbeddedError as error:
        typer.echo(in_80_columns(f"homeward: {error}"), err=True)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        typer.echo(in_80_columns(f"homeward: {error.filename}: {error.strerror}"), err=True)
        return 1
    except ValueError as error:
        from shared.document import FaultyFile

        if not isinstance(error, FaultyFile):
            raise
        typer.echo(error, err=True)
        return 1
    except SystemExit as ended:
        if isinstance(ended.code, str):
            typer.echo(ended.code, err=True)
            return 1
        return ended.code or 0
    return status if isinstance(status, int) else 0


def sentence(refused: ClickException) -> str:
    """Say what is wrong with a command line and where its help is, in lines of 80 columns."""
    said = refused.format_message().replace("Value error, ", "").rstrip(".")
    for theirs, ours in PLAINLY:
        said = theirs.sub(ours, said)
    context = getattr(refused, "ctx", None)
    path = context.command_path if context else "homeward"
    end = "" if said.endswith("?") else "."
    return in_80_columns(f"homeward: {said}{end}") + f"\nHelp: {path} -h"


if __name__ == "__main__":
    main()
