"""An event is a contract: what it says, whom it reaches, and what it may never carry."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cli import CHECKOUT
from cli.docs import asyncapi
from cli.docs.events import schema, schema_path
from services.intake.main import SERVICE as INTAKE
from services.integration.main import SERVICE as INTEGRATION
from services.notifications.main import SERVICE as NOTIFICATIONS
from services.scheduler.main import SERVICE as SCHEDULER
from services.session.main import SERVICE as SESSION
from shared.events import CATALOGUE, SERVICES, Event, parse
from shared.events.examples import example
from shared.events.subscriptions import ASKS, FOR_THE_LOG, HEARS
from shared.service import Service

EVENTS = [pytest.param(event, id=name) for name, event in CATALOGUE.items()]
RUNNING = [
    pytest.param(service, id=service.name) for service in (INTAKE, SCHEDULER, SESSION, INTEGRATION, NOTIFICATIONS)
]
SUBJECT = re.compile(
    r"program\.(internal|public)\.bc\.(intake|scheduler|session|integration|notifications)\.[a-z_]+\.[a-z_]+\.v\d+"
)
PERSONAL = re.compile(
    r"(^|_)(name|given|family|birth|email|phone|address|zip|gender|sex|score|scores|answer|answers|total|severity|"
    r"diagnosis|drug|medication|mg|dose_mg|route|weight|vital|vitals|systolic|diastolic|heart|reason|note|notes|text|comment|"
    r"message|body|term|grade|outcome)($|_)"
)
IDS = re.compile(r"_id$")


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_says_what_happened(event: type[Event]) -> None:
    assert len((event.__doc__ or "").split()) >= 4
    assert event.__doc__ != Event.__doc__


@pytest.mark.parametrize("event", EVENTS)
def test_an_example_travels_and_comes_back_the_same(event: type[Event]) -> None:
    sealed = example(event)
    assert parse(sealed.model_dump_json().encode()) == sealed
    assert type(sealed.data) is event


@pytest.mark.parametrize("event", EVENTS)
def test_a_subject_says_audience_site_service_entity_and_fact(event: type[Event]) -> None:
    assert SUBJECT.fullmatch(event.subject("bc"))
    assert event.aggregate in event.model_fields


@pytest.mark.parametrize("event", EVENTS)
def test_the_committed_schema_is_what_the_code_says(event: type[Event]) -> None:
    assert json.loads((CHECKOUT / schema_path(event)).read_text()) == schema(event)


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_clinical_and_nothing_personal_travels(event: type[Event]) -> None:
    telling = [field for field in event.model_fields if PERSONAL.search(field) and not IDS.search(field)]
    assert telling == []


@pytest.mark.parametrize("event", [case for case in EVENTS if case.values[0].audience == "public"])  # type: ignore[attr-defined]
def test_a_public_event_tells_attendance_services_and_phases_alone(event: type[Event]) -> None:
    assert (event.entity, event.fact) in {
        ("attendance", "recorded"),
        ("attendance", "corrected"),
        ("service", "rendered"),
        ("session", "closed"),
        ("circle", "closed"),
        ("program", "phase_changed"),
    }


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_for_somebody(event: type[Event]) -> None:
    heard = any(event in events for events in HEARS.values())
    assert heard or event.audience == "public" or issubclass(event, FOR_THE_LOG)


def test_what_is_for_the_log_alone_is_heard_by_no_service() -> None:
    assert [event for events in HEARS.values() for event in events if issubclass(event, FOR_THE_LOG)] == []


@pytest.mark.parametrize("service", RUNNING)
def test_a_service_handles_what_it_hears_and_nothing_else(service: Service) -> None:
    assert set(service.handlers.events) == set(HEARS[service.name])


@pytest.mark.parametrize("service", RUNNING)
def test_a_service_answers_every_question_that_others_may_ask_it(service: Service) -> None:
    askable = {
        subject.split(".")[3] for asks in ASKS.values() for subject in asks if subject.split(".")[2] == service.name
    }
    assert set(service.handlers.questions) == askable


def test_every_service_is_there() -> None:
    assert {case.values[0].name for case in RUNNING} == set(SERVICES)  # type: ignore[attr-defined]


ASYNCAPI = yaml.safe_load(asyncapi.document())
KEY = re.compile(r"[A-Za-z0-9._-]+")


def test_every_event_has_a_channel_whose_address_has_no_wildcard() -> None:
    channels = ASYNCAPI["channels"]
    assert channels.keys() == CATALOGUE.keys()
    for channel in channels.values():
        assert re.fullmatch(r"[a-z0-9_.]+\.\{site\}\.[a-z0-9_.]+", channel["address"])
        assert channel["parameters"].keys() == {"site"}
        assert "bindings" not in channel  # the NATS binding of a channel and of a message is to be empty


def test_the_asyncapi_document_says_what_is_public_and_that_a_login_is_needed() -> None:
    for name, event in CATALOGUE.items():
        assert ASYNCAPI["channels"][name]["tags"] == [{"name": event.audience}]
        assert f".{event.audience}." in ASYNCAPI["channels"][name]["address"]
    [server] = ASYNCAPI["servers"].values()
    [security] = server["security"]
    assert _at(security["$ref"])["type"] == "userPassword"


def test_every_reference_of_the_asyncapi_document_leads_somewhere_and_every_key_may_be_one() -> None:
    references = list(_references(ASYNCAPI))
    assert len(references) > 200
    for reference in references:
        if reference.startswith("#/"):
            _at(reference)
        else:
            assert (CHECKOUT / "docs" / reference).exists()
    for part in ("channels", "operations", *(f"components/{name}" for name in ASYNCAPI["components"])):
        assert all(KEY.fullmatch(key) for key in _at(f"#/{part}"))


def test_who_sends_and_who_receives_is_what_the_services_do() -> None:
    told = {(o["action"], o["tags"][0]["name"], o["channel"]["$ref"]) for o in ASYNCAPI["operations"].values()}
    events = [(event, f"#/channels/{name}") for name, event in CATALOGUE.items()]
    sends = {("send", event.producer, channel) for event, channel in events}
    hears = {("receive", one, channel) for one in SERVICES for event, channel in events if event in HEARS[one]}
    assert told == sends | hears


def test_no_two_schemas_of_events_give_different_things_one_name() -> None:
    named: dict[str, dict[str, object]] = {}
    for event in CATALOGUE.values():
        for name, described in schema(event)["$defs"].items():
            assert described.get("title") == name
            assert named.setdefault(name, described) == described, name


def _at(reference: str) -> Any:
    found: Any = ASYNCAPI
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
