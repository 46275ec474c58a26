"""The architecture: who talks to whom, and over what."""

from cli.docs.pictures.drawing import BLUE, BROWN, GREEN, GREY, TEAL, VIOLET, Box, arrow, svg, words

SERVICES = {
    "intake": ("referral, forms,", "screening"),
    "scheduler": ("cohorts, seats,", "calendar, holds"),
    "session": ("arrivals, doses,", "observations"),
    "integration": ("circles, check-ins,", "measures"),
    "notifications": ("mails, pages,", "on-call"),
}
WIDTH, HEIGHT = 860, 470


def picture() -> str:
    """Draw people above, the five services, what they share below, and integrators beside NATS."""
    services = [
        Box(30 + 162 * place, 140, 150, 74, name, BLUE, below) for place, (name, below) in enumerate(SERVICES.items())
    ]
    staff = Box(70, 24, 200, 48, "staff tools", GREY)
    people = Box(590, 24, 200, 48, "participants", GREY)
    postgres = Box(30, 340, 230, 92, "PostgreSQL", GREEN, ("facts, tasks, audit trail", "one schema per service"))
    nats = Box(315, 340, 230, 92, "NATS JetStream", TEAL, ("events; questions that need", "their answer at once"))
    temporal = Box(614, 340, 216, 92, "Temporal", VIOLET, ("waits until something is due,", "then wakes the service"))
    integrators = Box(580, 256, 216, 44, "EHR, billing (integrators)", BROWN)
    frame = (
        '<rect x="16" y="110" width="828" height="120" rx="10" fill="none" stroke="#7a7a7a" stroke-dasharray="3 3"/>'
    )
    return svg(
        WIDTH,
        HEIGHT,
        "Five services between people, PostgreSQL, NATS and Temporal",
        [
            frame,
            words(26, 130, "five services, one shape", "small"),
            *(box.drawn() for box in (*services, staff, people, postgres, nats, temporal, integrators)),
            arrow((170, 72), (170, 108)),
            words(182, 96, "HTTP, a token with role and sites", "small"),
            arrow((650, 72), (650, 108)),
            words(642, 96, "HTTP, own token", "small", "end"),
            arrow((730, 138), (730, 74)),
            words(742, 96, "mail", "small"),
            arrow((145, 232), (145, 338)),
            words(157, 274, "facts, tasks and events", "small"),
            words(157, 290, "in one transaction", "small"),
            arrow((400, 232), (400, 338), both=True),
            words(388, 320, "events, each once in effect", "small", "end"),
            arrow((546, 372), (586, 372), (586, 302), dashed=True),
            words(578, 326, "public events", "small", "end"),
            arrow((818, 232), (818, 338), both=True),
            words(810, 326, "nudges, timers", "small", "end"),
        ],
    )
