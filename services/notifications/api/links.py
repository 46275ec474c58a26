"""What the links in our mails do, for whoever holds the mail: no login."""

from fastapi.responses import HTMLResponse

from services.notifications.commands.opt_out import stop_like
from shared.http import LINKS, InLinkedWork, Linked, Router

router = Router(tags=[LINKS])
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Messages</title><body><p>{says}</p>{more}</body></html>"""
BUTTON = '<form method="post"><button>Stop messages like the one you received</button></form>'


def _page(says: str, more: str = "") -> HTMLResponse:
    return HTMLResponse(PAGE.format(says=says, more=more), headers={"Referrer-Policy": "no-referrer"})


@router.get("/unsubscribe/{token}", response_class=HTMLResponse)
async def show_unsubscribe(link: Linked) -> HTMLResponse:
    """Show a button that stops messages; programs that follow every link in a mail change nothing by that."""
    return _page("You can stop messages like the one you received.", BUTTON)


@router.post("/unsubscribe/{token}", response_class=HTMLResponse)
async def stop_by_link(link: Linked, work: InLinkedWork) -> HTMLResponse:
    """Stop messages like the one that the link came with: RFC 8058's one click, honoured at once, twice the same."""
    await stop_like(work, link.site, link.program_id, link.about)
    return _page("You will receive no more messages like that one. If you change your mind, please call us.")
