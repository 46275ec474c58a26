"""One thing that a protocol says otherwise than before."""

from shared.protocol.base import Part


class Difference(Part):
    """`what` is the thing; `before` and `after` are what was and is said of it, None where there was or is nothing."""

    section: str
    what: str
    before: str | None = None
    after: str | None = None

    @property
    def sentence(self) -> str:
        """`dose 3 moves from week 5, day 1 to week 6, day 1` · `new exclusion: …` · `the interval: 6 days → 5 days`"""
        if self.before is None or self.after is None:
            said = self.after if self.before is None else self.before
            return self.what if said is None else f"{self.what}: {said}"
        if self.what.endswith(" moves"):
            return f"{self.what} from {self.before} to {self.after}"
        return f"{self.what}: {self.before} → {self.after}"
