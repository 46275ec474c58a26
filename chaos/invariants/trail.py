"""The audit trail: each chain is what was written, and each answer that a dose rests on is a row of it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chaos.invariants.evidence import Evidence, Row, Violation
from shared.audit.chain import Head, breaks, link
from shared.audit.clearance import CLEARANCE
from shared.audit.entry import genesis
from shared.events import SERVICES
from shared.events.questions import AUTHORITIES


def chains_are_what_was_written(seen: Evidence) -> Iterator[Violation]:
    """No row of any service at any site was changed, removed, inserted or moved, whatever died while it was written."""
    for service in SERVICES:
        heads = {row["site"]: Head(row["position"], row["hash"]) for row in seen.rows[f"{service}.audit_head"]}
        rows = [_read(row) for row in seen.rows[f"{service}.audit"]]
        for site in sorted(heads.keys() | {row["site"] for row in rows}):
            own = sorted((row for row in rows if row["site"] == site), key=lambda row: (row["position"], row["id"]))
            for broken in breaks(genesis(service, site), [link(row) for row in own], heads.get(site)):
                yield Violation("audit_chain_broken", f"{service} at {site}: {broken.detail}")


def answers_are_in_the_trail(seen: Evidence) -> Iterator[Violation]:
    """Whoever cleared a dose has kept that they did, when, and on which facts."""
    kept = {record for authority in AUTHORITIES for record in _records(seen, authority)}
    for dose in seen.rows["session.dose"]:
        for proof in json.loads(dose["clearances"]):
            about = (str(dose["program_id"]), dose["item"], str(proof["revision"]))
            if (proof["authority"], *about, datetime.fromisoformat(proof["answered_at"])) not in kept:
                words = f"{dose['item']} of {dose['program_id']}: {proof['authority']} keeps no record of its answer"
                yield Violation("answer_not_in_the_trail", words, frozenset({dose["program_id"]}))


def _records(seen: Evidence, authority: str) -> Iterator[tuple[str, str, str, str, datetime]]:
    for row in seen.rows[f"{authority}.audit"]:
        if (row["action"], row["outcome"]) == (CLEARANCE, "accepted"):
            about = json.loads(row["subjects"])
            yield authority, about["program_id"], about["item"], about["revision"], row["at"]


def _read(row: Row) -> dict[str, Any]:
    return dict(row) | {name: json.loads(row[name]) for name in ("subjects", "protocols")}
