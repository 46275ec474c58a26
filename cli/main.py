"""The homeward command. Each command lives in its own module of `cli/` and is imported only when it is used."""

from importlib import import_module
from typing import Any, NamedTuple

import typer
import typer.core
import typer.main


class Command(NamedTuple):
    """Where a command lives: a module with `app = typer.Typer(add_completion=False)`, and its line in the help."""

    module: str
    summary: str


COMMANDS = {
    "demo": Command("cli.demo", "Rehearse a whole program in virtual time, on real servers."),
    "chaos": Command("cli.chaos", "Break everything while programs run, and prove that nothing was lost."),
    "up": Command("cli.up", "Run Homeward on this machine, durable, until Ctrl-C."),
    "token": Command("cli.token", "Make a bearer token for a role at a site."),
    "events": Command("cli.events", "Show what happened, and follow what happens."),
    "program": Command("cli.program", "Show one person's program: its phase, what is next and why."),
    "amend": Command("cli.amend", "Let a cohort that runs follow another version of its protocol."),
    "zones": Command("cli.zones", "Show what newer zone data changes in booked calendars, and move it."),
    "ledger": Command("cli.ledger", "Say where everybody stands and whether the books agree; once, or on and on."),
    "audit": Command("cli.audit", "Verify the audit trail; show who did what; explain what a dose rested on."),
    "reconcile": Command("cli.reconcile", "Show what was lost between database, stream and Temporal; repair it."),
    "backup": Command("cli.backup", "Copy a Homeward that runs into a folder: database and streams."),
    "restore": Command("cli.restore", "Make a new data folder of a backup; Homeward goes on from there."),
    "replay": Command("cli.replay", "Say which open runs would break under the workflows of this checkout."),
    "builds": Command("cli.builds", "Show which builds carry the clockwork, and who is left on the old ones."),
    "deadletters": Command("cli.deadletters", "List the messages that could not be handled; try them again."),
    "protocol": Command("cli.protocol", "Check a protocol file, or read a protocol."),
    "docs": Command("cli.docs", "Write the generated documents again."),
    "test": Command("cli.tests", "Run the tests, all of them or by category."),
    "check": Command("cli.check", "Check style, types, import walls and generated docs."),
    "lock": Command("cli.lock", "Write requirements.lock again from pyproject.toml."),
    "secrets": Command("cli.secrets", "Make the passwords and keys of the compose stack."),
    "attach": Command("cli.attach", "Let the other commands reach what compose runs."),
    "smoke": Command("cli.smoke", "Prove that a referral posted over HTTP comes out as an event on NATS."),
}


class Commands(typer.core.TyperGroup):
    """Shows every command by its summary and imports only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return typer.core.TyperCommand(cmd_name, help=COMMANDS[cmd_name].summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name in COMMANDS:
            command = typer.main.get_command(import_module(COMMANDS[name].module).app)
        return name, command, rest


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Homeward carries each participant of a group therapy program from referral to follow-up.",
)


@app.callback()
def homeward() -> None: ...


def main() -> None:
    from shared.leaving import leave

    leave(_status())


def _status() -> int:
    """What the command that was called comes to."""
    from embedded.errors import EmbeddedError

    try:
        app(prog_name="homeward")
    except EmbeddedError as error:
        typer.echo(f"homeward: {error}", err=True)
        return 1
    except SystemExit as ended:
        if isinstance(ended.code, str):
            typer.echo(ended.code, err=True)
            return 1
        return ended.code or 0
    return 0


if __name__ == "__main__":
    main()
