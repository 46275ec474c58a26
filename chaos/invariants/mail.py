"""What people were told by mail: each thing once; a second copy only where SMTP leaves a doubt, with the same id."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chaos.invariants.evidence import Evidence, Violation
from shared.events import notifications
from shared.events.notifications import SuppressionRule
from shared.vocabulary import those

BEGUN = "begun"
DROPPED: frozenset[SuppressionRule] = those(
    SuppressionRule, are=("cap", "best_before", "opted_out", "no_contact"), are_not=("reason_gone", "coalesced")
)
SAME = ("site", "program_id", "recipient", "subject", "text", "category", "about", "caused_at")


def nothing_owed_twice(seen: Evidence) -> Iterator[Violation]:
    """One cause, one recipient, one text: one message."""
    owed: dict[tuple[Any, ...], list[Any]] = {}
    for row in seen.rows["notifications.message"]:
        owed.setdefault(tuple(row[name] for name in SAME), []).append(row)
    for rows in owed.values():
        if len(rows) > 1:
            row = rows[0]
            words = f"{row['recipient']} of {row['program_id']} was owed {row['text']!r} {len(rows)} times"
            yield Violation("told_twice", words, frozenset({row["program_id"] or row["id"], *(r["id"] for r in rows)}))


def nothing_sent_twice(seen: Evidence) -> Iterator[Violation]:
    """A mail comes again only when an attempt ended in doubt: then more attempts were begun than one."""
    begun = Counter(row["message_id"] for row in seen.rows["notifications.attempt"] if row["step"] == BEGUN)
    arrived = Counter(seen.mail_ids)
    for row in seen.rows["notifications.message"]:
        times = arrived[mail_id(row["id"])]
        if times > max(begun[row["id"]], 1):
            words = f"message {row['id']} arrived {times} times after {begun[row['id']]} attempts"
            yield Violation("sent_twice", words, frozenset({row["id"]}))


def sent_is_arrived(seen: Evidence) -> Iterator[Violation]:
    """What the log says was sent arrived, alone or carried by another mail; and whatever arrived was a message."""
    arrived = set(seen.mail_ids)
    carried_by = {row["id"]: row["carried_by"] for row in seen.rows["notifications.message"]}
    for one in seen.told(notifications.MessageSent):
        id = one.data.message_id
        if mail_id(carried_by.get(id) or id) not in arrived:
            yield Violation("sent_and_never_arrived", f"message {id} was told as sent", frozenset({one.id, id}))
    for strange in arrived - {mail_id(id) for id in carried_by}:
        yield Violation("mail_out_of_nothing", f"{strange} is no message's mail")


def dropped_is_somebodys_call(seen: Evidence) -> Iterator[Violation]:
    """What must reach a person and no mail carried is in the task list, by the tables alone."""
    must_reach = seen.protocol.messages.must_reach.value
    calls = {row["item"] for row in seen.rows["notifications.obligation"] if row["kind"] == "undelivered"}
    for row in seen.rows["notifications.message"]:
        dropped = row["state"] == "failed" or (row["state"] == "suppressed" and row["rule"] in DROPPED)
        if dropped and row["category"] in must_reach and str(row["id"]) not in calls:
            words = f"{row['text']!r} to {row['program_id']} was dropped ({row['rule']}), and nobody was to call"
            yield Violation("untold", words, frozenset({row["id"]}))


def gathered(seen: Evidence) -> set[Any]:
    """The mails about tasks that still wait for others: when nothing else is owed, their tasks are done."""
    rows = seen.rows["notifications.message"]
    return {row["id"] for row in rows if row["text"] == "tasks" and row["state"] == "waiting"}


def in_doubt(seen: Evidence) -> int:
    """How many mails arrived more than once, each time with the same Message-ID."""
    return sum(times > 1 for times in Counter(seen.mail_ids).values())


def mail_id(message_id: object) -> str:
    return f"<{message_id}@homeward.invalid>"
