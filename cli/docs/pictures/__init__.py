"""docs/pictures/*.svg: what the README and the pages of docs show, drawn from the code and from a stored rehearsal."""

from cli.docs.pictures import architecture, dose, rehearsed, states

FOLDER = "docs/pictures"


def documents() -> dict[str, str]:
    """Each picture: its path and its SVG. None needs a font or an address from elsewhere."""
    return {
        f"{FOLDER}/architecture.svg": architecture.picture(),
        f"{FOLDER}/dose.svg": dose.picture(),
        f"{FOLDER}/states.svg": states.picture(),
        f"{FOLDER}/rehearsed.svg": rehearsed.picture(),
    }
