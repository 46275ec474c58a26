"""What a dose rested on: each authority's answer of then, the same rules asked again, and whether they agree."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console

from cli import screen
from cli.people import program_id
from cli.running import accepted, api, known_sites
from embedded.errors import EmbeddedError


@dataclass(frozen=True)
class Answer:
    """One authority's clearance in the dose's proof, and what the authority says of it."""

    authority: str
    proof: dict[str, Any]
    said: dict[str, Any]

    @property
    def agrees(self) -> bool:
        """A dose rests on clearances alone: then and now nothing may speak against it."""
        return not self.said["refusals"] and self.said["agrees"] is not False

    @property
    def recorded(self) -> str:
        record = self.said["recorded"]
        return "no record" if record is None else _answer(record["refusals"])


@dataclass(frozen=True)
class Explained:
    proof: dict[str, Any]
    answers: tuple[Answer, ...]

    @property
    def agrees(self) -> bool:
        return not self.proof["refusals"] and all(answer.agrees for answer in self.answers)

    @property
    def document(self) -> dict[str, Any]:
        answers = [
            {"authority": one.authority, "proof": one.proof, "agrees": one.agrees} | one.said for one in self.answers
        ]
        return {"agrees": self.agrees, "dose": self.proof, "answers": answers}

    def print(self, console: Console) -> None:
        proof, pin = self.proof, self.proof["protocol"]
        console.print(
            f"[bold]{proof['item']}[/bold] of {proof['program_id']} at {proof['site']}  (dose {proof['dose_id']})"
        )
        console.print(
            f"decided {_time(proof['decided_at'])} by {proof['decided_by']}: go until {_time(proof['go_valid_until'])}"
        )
        console.print(
            f"given {_time(proof['administered_at'])} by {proof['administered_by']}, verified by {proof['verified_by']}"
        )
        console.print(f"under {pin['id']} {pin['version']} ({pin['hash'][:12]})")
        table = screen.table(
            "Authority", "Answered", "Revision", "Valid until", "Recorded then", "Asked again", "Agrees"
        )
        for one in self.answers:
            given = (_time(one.proof["answered_at"]), str(one.proof["revision"]), _time(one.proof["valid_until"]))
            table.add_row(one.authority, *given, one.recorded, _answer(one.said["refusals"]), _yes(one.agrees))
        own = _answer(proof["refusals"])
        table.add_row("session", _time(proof["decided_at"]), "", "", "a go, a dose", own, _yes(not proof["refusals"]))
        console.print(table)


async def explain_dose(data: Path, id: str, item: str | None) -> Explained:
    """The dose of this id, or that item of a program, asked of every authority again."""
    sites = known_sites(None)
    async with api(data, "session", "auditor", sites) as session:
        dose_id = UUID(id) if item is None and _is_uuid(id) else None
        if dose_id is None:
            given = accepted(await session.get("/doses", params={"program_id": str(await program_id(data, id))}))[
                "items"
            ]
            dose_id = _the_one(given, item)
        proof = accepted(await session.get(f"/doses/{dose_id}"))
    return Explained(proof, tuple([await _ask(data, sites, proof, clearance) for clearance in proof["clearances"]]))


def _the_one(given: list[dict[str, Any]], item: str | None) -> UUID:
    found = [dose for dose in given if item in (None, dose["item"])]
    if len(found) == 1:
        return UUID(found[0]["dose_id"])
    items = ", ".join(dose["item"] for dose in given) or "none"
    raise EmbeddedError(f"Say which dose, such as dose:1: this program was given {items}.")


async def _ask(data: Path, sites: list[str], proof: dict[str, Any], clearance: dict[str, Any]) -> Answer:
    authority = clearance["authority"]
    then = {"at": clearance["answered_at"], "revision": clearance["revision"]}
    async with api(data, authority, "auditor", sites) as service:
        said = accepted(await service.get(f"/clearances/{proof['program_id']}/{proof['item']}", params=then))
    return Answer(authority, clearance, said)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _answer(refusals: list[str]) -> str:
    return ", ".join(refusals) or "cleared"


def _yes(agrees: bool) -> str:
    return "yes" if agrees else "[red]NO[/red]"


def _time(text: str | None) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}Z" if text else ""
