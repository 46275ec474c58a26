"""The tables at the end of a rehearsal, and those of the ledger."""

from collections.abc import Mapping

from rich.markup import escape
from rich.table import Table

from rehearsal.ledger import Ledger
from rehearsal.report import OutcomeSummary, Summary
from rehearsal.scenario import Scenario
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind

OUTCOMES = "Outcomes: mean (SD), how many answered (invented: no claim of an effect)"
SESSIONS = {"doses": SessionKind.DOSE, "circles": SessionKind.CIRCLE}
IN_WORDS = {
    "lost_to_follow_up": "lost to follow-up",
    "transferred": "transferred out of the network",
    "redirected": "redirected to individual care",
}


SHAPES = {
    "completed": ("✓", "green"),
    "withdrawn": ("←", "yellow"),
    "transferred": ("→", "yellow"),
    "lost_to_follow_up": ("?", "red"),
    "died": ("†", "red"),
    "excluded": ("–", "dim"),
    "redirected": ("–", "dim"),
    "declined": ("–", "dim"),
    "lapsed": ("–", "dim"),
}


def in_words(name: str) -> str:
    return IN_WORDS.get(name, name.replace("_", " "))


def marked(state: str) -> str:
    """Write a state with a colour and, for those who see none, a shape."""
    mark, colour = SHAPES.get(state, ("·", "default"))
    return f"[{colour}]{mark} {in_words(state)}[/{colour}]"


def titled(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def people_table(summary: Summary, scenario: Scenario) -> Table:
    """Who went where, and why."""
    table = titled("Who went where, and why", "referral", "came to", *_counted(scenario.protocol), "absences", "why")
    for one in summary.participants:
        person = scenario.person(one.referral)
        turned_down = person.decision_reason if person.decision != "eligible" else None
        why = turned_down or (person.withdraws.reason if person.withdraws else "") or person.note
        numbers = [str(getattr(one, name) or "") for name in (*_counted(scenario.protocol), "absences")]
        table.add_row(one.referral, marked(one.outcome), *numbers, escape(why))
    return table


def _counted(protocol: Protocol) -> list[str]:
    """What of its sessions is counted: nobody looks for circles where there are none."""
    return [name for name, kind in SESSIONS.items() if protocol.sessions_of(kind)]


def absences_table(summary: Summary) -> Table:
    """Every absence, who saw to it, and how it was closed."""
    table = titled("Every absence", "referral", "missed", "seen to by", "closed by", "on")
    for absence in summary.absences:
        closed_at = f"{absence.closed_at:%Y-%m-%d}" if absence.closed_at else ""
        closure = in_words(absence.closed_by) if absence.closed_by else "[red]still open[/red]"
        table.add_row(absence.referral, absence.item, absence.owner or "[red]nobody[/red]", closure, closed_at)
    return table


def outcomes_table(summary: Summary, protocol: Protocol) -> Table:
    """Each of the protocol's questionnaires at each of its measures, in their order: the first is the baseline.

    How many answered is told of all who reached the baseline: whoever left or was lost stays in that number.
    """
    titles = [instrument.title.partition(",")[0] for instrument in protocol.instruments]
    table = titled(OUTCOMES, "", *titles)
    for measure in protocol.measures:
        cells = [summary.outcomes.get(each.id, {}).get(measure.key) for each in protocol.instruments]
        if any(cells):
            table.add_row(measure.title, *map(_cell, cells))
    return table


def _cell(outcome: OutcomeSummary | None) -> str:
    if outcome is None:
        return "–"
    mean = "–" if outcome.mean is None else f"{outcome.mean:.1f}"
    spread = "–" if outcome.sd is None else f"{outcome.sd:.1f}"
    return f"{mean} ({spread}), {outcome.n} of {outcome.n + outcome.missing}"


def ledger_table(referred: int, by_state: Mapping[str, int], balanced: bool) -> Table:
    """Everybody who was referred, by the one state that they are in."""
    table = titled("The ledger", "state", "people")
    for state, people in by_state.items():
        table.add_row(marked(state), str(people) if people else "[dim]0[/dim]")
    verdict = "[green]balanced[/green]" if balanced else "[red]not balanced[/red]"
    table.add_row("[bold]referred[/bold]", f"[bold]{referred}[/bold] {verdict}")
    return table


def owed_table(ledger: Ledger) -> Table:
    """What is due just now, nearest deadline first."""
    references = {person.program_id: person.reference or "" for person in ledger.people}
    table = titled("What is due", "deadline", "owner", "what", "item", "referral", "site", "stage")
    for owed in ledger.still_owed:
        late = "red" if owed.deadline < ledger.now else "default"
        who = references.get(owed.program_id, "") if owed.program_id else ""
        deadline = f"[{late}]{owed.deadline:%Y-%m-%d %H:%M}[/{late}]"
        owner = owed.owner or "[red]nobody[/red]"
        table.add_row(deadline, owner, in_words(owed.kind), owed.item, who, owed.site, owed.stage)
    return table
