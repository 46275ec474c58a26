"""`./homeward smoke`: a referral posted over HTTP comes out as an event on NATS, or one sentence says why not."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import httpx
import nats
import nats.errors
import typer
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from cli import CHECKOUT
from cli.containers import HTTP, NATS, SECRETS, published, secret
from embedded.endpoints import ENDPOINTS, Endpoints
from shared.auth import Issuer
from shared.events import parse
from shared.events.base import Envelope, Event
from shared.events.intake import ReferralReceived
from shared.relay import STREAM

app = typer.Typer(add_completion=False)

USUAL_DATA = CHECKOUT / ".homeward"
WITHIN = 30.0


class NoEvent(Exception):
    """The referral did not come out; the text says where it stopped."""


@dataclass(frozen=True)
class Target:
    """A running Homeward: where intake and NATS listen, and who signs its tokens."""

    intake_url: str
    nats_url: str
    observer_password: str
    issuer: Issuer

    @classmethod
    def on_data(cls, data: Path) -> Self:
        """What `./homeward up` runs on a data folder."""
        endpoints = Endpoints.load(data)
        if endpoints.virtual:
            raise NoEvent(f"What runs on {data} lives in virtual time; smoke proves a Homeward in real time.")
        issuer = Issuer.load_or_create(data / "issuer.json", data / "jwks.json")
        return cls(endpoints.services["intake"], endpoints.nats_url, endpoints.nats_password("observer"), issuer)

    @classmethod
    def in_compose(cls) -> Self:
        """What `docker compose up` runs from this checkout."""
        password = secret("nats_password_observer")
        issuer = Issuer.load_or_create(SECRETS / "issuer.json", SECRETS / "jwks.json")
        return cls(f"http://{published('intake', HTTP)}", f"nats://{published('nats', NATS)}", password, issuer)


@app.command()
def smoke(
    data: Path | None = typer.Option(None, help="The data folder of a running `./homeward up`."),
    compose: bool = typer.Option(False, "--compose", help="What `docker compose up` runs from this checkout."),
    site: str = typer.Option("bc", help="The site to refer to."),
    protocol: str = typer.Option("weekly6", help="The protocol to refer for."),
) -> None:
    """Refer an invented person over HTTP and await the event on NATS; exit status 1 if it does not come in 30 s.

    Without a word about where, it takes what `up` runs, and otherwise what compose runs.
    The referral stays: its reference begins with SMOKE.
    """
    try:
        target = where(data, compose)
        envelope, milliseconds = asyncio.run(referral_to_event(target, site, protocol))
    except NoEvent as trouble:
        typer.echo(f"homeward: {trouble}", err=True)
        raise typer.Exit(1) from None
    typer.echo(envelope.model_dump_json(indent=2))
    typer.echo(f"{envelope.type} came {milliseconds:.0f} ms after its referral was sent.")


def where(data: Path | None, compose: bool) -> Target:
    """What the caller named; otherwise what `up` runs on its usual folder, otherwise what compose runs."""
    if data is None and not compose and (USUAL_DATA / ENDPOINTS).exists():
        return Target.on_data(USUAL_DATA)
    return Target.in_compose() if data is None else Target.on_data(data)


async def referral_to_event(target: Target, site: str, protocol: str) -> tuple[Envelope[Event], float]:
    """Posts a referral and returns its event, with the milliseconds between the two."""
    try:
        connection = await nats.connect(
            target.nats_url,
            user="observer",
            password=target.observer_password,
            inbox_prefix="_INBOX.observer",
            allow_reconnect=False,
            connect_timeout=5,
            error_cb=_said_in_a_sentence,
        )
    except (OSError, nats.errors.Error) as error:
        raise NoEvent(f"NATS at {target.nats_url} does not take the observer: {error}") from None
    try:
        listening = await connection.jetstream(timeout=5).pull_subscribe(
            ReferralReceived.subject(site),
            stream=STREAM,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW, ack_policy=AckPolicy.NONE, inactive_threshold=60),
        )
        began = time.perf_counter()
        program_id = await refer(target, site, protocol)
        envelope = await event_of(program_id, listening)
        return envelope, (time.perf_counter() - began) * 1000
    except nats.errors.Error as error:
        raise NoEvent(f"NATS at {target.nats_url}: {error}") from None
    finally:
        await connection.close()


async def _said_in_a_sentence(_: Exception) -> None:
    """What the NATS client would print with a traceback is raised as well, and told from there."""


async def refer(target: Target, site: str, protocol: str) -> UUID:
    """POST /referrals as a coordinator; answers the program's id."""
    token = target.issuer.token("smoke", "coordinator", [site], datetime.now(UTC), timedelta(minutes=5))
    reference = f"SMOKE-{uuid4().hex[:8]}"
    person = {"given_name": "Smoke", "family_name": reference, "date_of_birth": "1980-01-01"}
    person |= {"email": f"{reference.lower()}@homeward.invalid"}
    referral = {"site": site, "protocol_id": protocol, "reference": reference, "person": person}
    try:
        async with httpx.AsyncClient(base_url=target.intake_url, timeout=WITHIN) as intake:
            answer = await intake.post("/referrals", json=referral, headers={"Authorization": f"Bearer {token}"})
    except httpx.HTTPError as error:
        raise NoEvent(f"Intake at {target.intake_url} does not answer: {error or type(error).__name__}") from None
    if answer.status_code != 201:
        raise NoEvent(f"Intake at {target.intake_url} refused the referral ({answer.status_code}): {answer.text}")
    return UUID(answer.json()["program_id"])


async def event_of(program_id: UUID, listening: nats.js.JetStreamContext.PullSubscription) -> Envelope[Event]:
    """The first event about the program; others may be referred meanwhile."""
    try:
        async with asyncio.timeout(WITHIN):
            while True:
                for message in await listening.fetch(1, timeout=WITHIN):
                    envelope = parse(message.data)
                    if envelope.data.aggregate_id == program_id:
                        return envelope
    except TimeoutError:
        kind = ReferralReceived.event_type()
        raise NoEvent(f"The referral was taken as {program_id}, but no {kind} came in {WITHIN:.0f} s.") from None
