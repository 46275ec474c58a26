"""Answers, what was found in them, and what was decided and agreed. Every row is added once and stays."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.agreement import Line
from services.intake.domain.answers import AnswersVersion
from services.intake.domain.correction import Reopening
from services.intake.domain.decision import Decision, Signed, canonical
from services.intake.domain.referral import Pin, Referral
from services.intake.domain.screening import Evaluation, Finding, Reason
from services.intake.storage import tables
from shared.protocol.vocabulary import Modality, ScreeningOutcome


async def keep_answers(connection: AsyncConnection, referral: Referral, given: AnswersVersion, *, role: str) -> None:
    await connection.execute(
        insert(tables.answers).values(
            program_id=referral.program_id,
            site=referral.site,
            version=given.version,
            complete=given.complete,
            content=canonical(given.content),
            sha256=given.sha256,
            given_at=given.given_at,
            given_by=given.given_by,
            role=role,
        )
    )


async def answers(connection: AsyncConnection, program_id: UUID) -> AnswersVersion | None:
    """Return the newest version of the answers; None before the first draft."""
    row = await _newest(connection, tables.answers, program_id, by="version")
    if row is None:
        return None
    kept = {name: row[name] for name in AnswersVersion.__dataclass_fields__}
    return AnswersVersion(**kept | {"content": json.loads(row["content"])})


async def keep_evaluation(connection: AsyncConnection, referral: Referral, evaluation: Evaluation) -> None:
    key = {"program_id": referral.program_id, "revision": referral.revision, "site": referral.site}
    await connection.execute(
        insert(tables.evaluation).values(
            **key,
            answers_version=evaluation.answers_version,
            suggested=evaluation.suggested,
            evaluated_at=evaluation.evaluated_at,
            **tables.pin_columns(evaluation.pin),
        )
    )
    found = [
        *(_finding(n, "screening", f, f.outcome) for n, f in enumerate(evaluation.findings)),
        *(_finding(n, "modality", r, r.suggests) for n, r in enumerate(evaluation.reasons)),
    ]
    if found:
        await connection.execute(insert(tables.finding), [key | row for row in found])


def _finding(position: int, about: str, found: Finding | Reason, outcome: str) -> dict[str, Any]:
    told = {"rule_id": found.rule_id, "outcome": outcome, "says": found.says, "source": found.source}
    return {"position": position, "about": about} | told


async def evaluation(connection: AsyncConnection, program_id: UUID, *, until: int | None = None) -> Evaluation | None:
    """Return what was found in the newest complete answers (up to a revision); None before they were submitted."""
    row = await _newest(connection, tables.evaluation, program_id, until=until)
    if row is None:
        return None
    table = tables.finding
    query = select(table).where(table.c.program_id == program_id, table.c.revision == row["revision"])
    found = (await connection.execute(query.order_by(table.c.position))).mappings().all()
    return Evaluation(
        pin=_pin(row),
        answers_version=row["answers_version"],
        evaluated_at=row["evaluated_at"],
        findings=tuple(
            Finding(f["rule_id"], ScreeningOutcome(f["outcome"]), f["says"], f["source"])
            for f in found
            if f["about"] == "screening"
        ),
        suggested=Modality(row["suggested"]),
        reasons=tuple(
            Reason(f["rule_id"], Modality(f["outcome"]), f["says"], f["source"])
            for f in found
            if f["about"] == "modality"
        ),
    )


async def keep_decision(connection: AsyncConnection, referral: Referral, decision: Decision) -> None:
    await connection.execute(
        insert(tables.decision).values(
            program_id=referral.program_id,
            revision=referral.revision,
            site=referral.site,
            decision=decision.decision,
            reason=decision.reason,
            override_reason=decision.override_reason,
            overridden=list(decision.overridden),
            answers_version=decision.answers_version,
            valid_until=decision.valid_until,
            **tables.pin_columns(decision.pin),
            **tables.signed_columns(decision.signed),
        )
    )


async def decision(connection: AsyncConnection, program_id: UUID, *, revision: int | None = None) -> Decision | None:
    """Return the newest signed decision, or the newest up to a revision of then; None before the first."""
    row = await _newest(connection, tables.decision, program_id, until=revision)
    if row is None:
        return None
    return Decision(
        decision=row["decision"],
        reason=row["reason"],
        override_reason=row["override_reason"],
        overridden=tuple(row["overridden"]),
        pin=_pin(row),
        answers_version=row["answers_version"],
        valid_until=row["valid_until"],
        signed=Signed(row["signed_by"], row["role"], row["signed_at"], row["meaning"], row["sha256"]),
    )


async def signed_on(connection: AsyncConnection, program_id: UUID) -> Evaluation | None:
    """Return the evaluation that lay before the clinician at the newest decision; None before there is one."""
    row = await _newest(connection, tables.decision, program_id)
    return await evaluation(connection, program_id, until=row["revision"]) if row else None


async def keep_reopening(connection: AsyncConnection, referral: Referral, reopening: Reopening) -> None:
    key = {"program_id": referral.program_id, "revision": referral.revision, "site": referral.site}
    await connection.execute(
        insert(tables.reopening).values(**key, cause=reopening.cause, at=reopening.at, by=reopening.by)
    )


async def is_reopened(connection: AsyncConnection, program_id: UUID, *, revision: int | None = None) -> bool:
    """Return whether the newest decision (up to a revision of then) stands no longer: something was corrected since."""
    last = await _newest(connection, tables.reopening, program_id, until=revision)
    signed = await _newest(connection, tables.decision, program_id, until=revision)
    return bool(last and signed and last["revision"] > signed["revision"])


async def keep_agreement(connection: AsyncConnection, referral: Referral, line: Line, signed: Signed) -> None:
    await connection.execute(
        insert(tables.agreement).values(
            program_id=referral.program_id,
            revision=referral.revision,
            site=referral.site,
            kind=line.kind,
            act=line.act,
            **tables.signed_columns(signed),
        )
    )


async def agreements(connection: AsyncConnection, program_id: UUID, *, revision: int | None = None) -> Sequence[Line]:
    """Return the ledger of agreements, or its lines up to a revision of then, in the order of writing."""
    table = tables.agreement
    query = select(table).where(table.c.program_id == program_id).order_by(table.c.revision)
    rows = await connection.execute(query if revision is None else query.where(table.c.revision <= revision))
    return [Line(row["kind"], row["act"], row["signed_at"], row["signed_by"]) for row in rows.mappings()]


async def _newest(
    connection: AsyncConnection, table: Any, program_id: UUID, by: str = "revision", until: int | None = None
) -> RowMapping | None:
    query = select(table).where(table.c.program_id == program_id).order_by(table.c[by].desc()).limit(1)
    query = query if until is None else query.where(table.c[by] <= until)
    return (await connection.execute(query)).mappings().first()


def _pin(row: RowMapping) -> Pin:
    return Pin(*(row[name] for name in tables.PIN))
