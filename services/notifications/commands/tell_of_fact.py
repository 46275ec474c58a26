"""A fact is told: it takes reasons of messages away, and everyone who hears of it is owed a message."""

from typing import Any

from services.notifications.commands.drop_calls import drop_calls
from services.notifications.commands.owe_message import owe_message
from services.notifications.domain.reasons import ends
from services.notifications.domain.routing import notices
from services.notifications.storage import reasons
from shared.events import Envelope
from shared.work import Work


async def tell_of_fact(work: Work, heard: Envelope[Any]) -> None:
    """End what the fact takes away, then owe each of its messages."""
    await end_reasons(work, heard)
    for notice in notices(heard.data):
        await owe_message(work, heard.site, notice, heard.time)


async def end_reasons(work: Work, heard: Envelope[Any]) -> None:
    """Take away the reasons that the fact ends, and the calls that rested on them."""
    gone = ends(heard.data)
    await reasons.end(work, heard.site, gone, heard.time)
    if gone:
        await drop_calls(work, heard.data.program_id)
