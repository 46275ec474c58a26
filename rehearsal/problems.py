"""What goes wrong in a program, in words for the person who watches."""

import re
from collections.abc import Mapping
from datetime import date

from shared.events import Event, intake, integration, notifications, scheduler, session
from shared.protocol.wording import spoken_key

CHECK_IN = re.compile(r"check_in:(.+):(\d+[hd])")
STATES = {
    "excluded": "was excluded by a clinician",
    "redirected": "is better served individually",
    "declined": "declined the seat",
    "withdrawn": "withdrew",
    "lost_to_follow_up": "was lost to follow-up",
    "transferred": "was transferred out of the network",
    "died": "died",
}


def problem_of(event: Event, titles: Mapping[str, str]) -> str | None:
    """Return one problem as the rest of a sentence that begins with a reference; None for what goes well.

    `titles` names the measures of the program by their keys.
    """
    match event:
        case session.AbsenceRecorded() | integration.AbsenceRecorded():
            return f"missed {spoken_key(event.item)} {'without a word' if event.no_show else 'and said so in advance'}"
        case scheduler.StateChanged():
            return STATES.get(event.state)
        case integration.RiskRaised():
            return f"signals risk in {_asked(event.item, titles)}: the next dose waits for a clinician"
        case session.VitalsFlagged():
            return f"has vital signs out of range at {spoken_key(event.item)} ({event.level})"
        case session.DoseWithheld():
            return f"came and was not given {spoken_key(event.item)}, which is not made up later"
        case session.AdverseEventRecorded():
            return f"had {'a serious' if event.serious else 'an'} adverse event at {spoken_key(event.item)}"
        case scheduler.DoseHeld():
            return f"'s next dose is on hold: {_why_held(event.item)}"
        case scheduler.SeatExpired():
            return (
                "did not answer the offer of a seat"
                if event.heard
                else "could not be told of the seat by any message: is called instead"
            )
        case intake.ScreeningReopened():
            return "has an answer corrected: the screening must be signed again before the next dose"
        case intake.ScreeningLapsed():
            return "never finished the screening forms"
        case integration.MeasureMissed():
            return f"did not answer {_asked(event.item, titles)}, though reminded and called"
        case integration.CheckInClosed(closure="clinician_closed" | "welfare_check"):
            return f"did not answer {_asked(event.item, titles)}: {event.closure.replace('_', ' ')}"
        case notifications.PageEscalated():
            return f"is waiting for somebody: nobody answered the page, so it went to tier {event.tier}"
        case notifications.MessageFailed():
            return "could not be reached by a message in time: staff have the task now"
        case _:
            return None


def _why_held(item: str) -> str:
    """A missed session holds the next dose until it is made up; a clinician's hold has an item of its own."""
    return "a clinician decided so" if item.startswith("hold:") else f"{spoken_key(item)} was missed"


def _asked(item: str, titles: Mapping[str, str]) -> str:
    """Name a measure by its title, and a check-in by what it follows."""
    if item in titles:
        return f'the measure "{titles[item]}"'
    if after := CHECK_IN.fullmatch(item):
        return f"the check-in {after[2]} after {spoken_key(after[1])}"
    return spoken_key(item)


class Problems:
    """Keeps each problem once: one that comes again moves to the end and says how often and since when."""

    def __init__(self) -> None:
        self._first: dict[str, date | None] = {}
        self._times: dict[str, int] = {}

    def add(self, words: str, on: date | None) -> bool:
        """Take in one problem; return whether it is a new one."""
        is_new = words not in self._first
        self._first.setdefault(words, on)
        self._times[words] = self._times.pop(words, 0) + 1
        return is_new

    def newest(self, most: int) -> list[str]:
        """Return so many lines, the newest last."""
        return [self._line(words) for words in list(self._times)[-most:]]

    def _line(self, words: str) -> str:
        first, times = self._first[words], self._times[words]
        again = f" ({times} times)" if times > 1 else ""
        return f"{first}  {words}{again}" if first else f"{words}{again}"
