"""Boxes, arrows and words of a picture, as SVG on white: legible on a dark page and at 700 pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

LINE = "#7a7a7a"
BLUE, GREEN, TEAL, BROWN, VIOLET, GREY = "#e3edf7", "#e0f0e6", "#def1f3", "#f6eeda", "#efe4f3", "#f0f1f3"
Anchor = Literal["start", "middle", "end"]

_STYLE = (
    "<style>text{font:14px sans-serif;fill:#222222}.bold{font-weight:bold}.small{font-size:13px;fill:#444444}</style>"
)
_HEADS = (
    '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
    f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{LINE}"/></marker></defs>'
)


@dataclass(frozen=True)
class Box:
    """A named thing: its left upper corner, its size, its name and smaller lines below the name."""

    x: float
    y: float
    width: float
    height: float
    name: str
    fill: str
    below: Sequence[str] = ()

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def drawn(self) -> str:
        first = self.y + self.height / 2 + 5 - 8 * len(self.below)
        lines = [words(self.middle, first, self.name, "bold", "middle")]
        lines += [
            words(self.middle, first + 16 * row, line, "small", "middle")
            for row, line in enumerate(self.below, start=1)
        ]
        frame = (
            f'<rect x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}" rx="6" '
            f'fill="{self.fill}" stroke="{LINE}"/>'
        )
        return "\n".join(["<g>", frame, *lines, "</g>"])


def words(x: float, y: float, text: str, kind: str = "", anchor: Anchor = "start") -> str:
    """Write one line; `kind` is `bold` or `small`."""
    looks = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{looks} text-anchor="{anchor}">{escape(text)}</text>'


def arrow(*points: tuple[float, float], dashed: bool = False, both: bool = False) -> str:
    """Draw a line through the points with a head at its end, or at both."""
    path = "L".join(f"{x:g} {y:g}" for x, y in points)
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    begins = ' marker-start="url(#head)"' if both else ""
    return f'<path d="M{path}" fill="none" stroke="{LINE}" stroke-width="1.5"{dashes}{begins} marker-end="url(#head)"/>'


def svg(width: float, height: float, says: str, body: Sequence[str]) -> str:
    """The whole picture; `says` is what somebody hears who cannot see it."""
    drawn = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(says)}">\n{_STYLE}\n{_HEADS}\n'
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n{drawn}\n</svg>\n'
    )
