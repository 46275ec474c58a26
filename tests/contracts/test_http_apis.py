"""What a service promises over HTTP: every endpoint explained, guarded, and refusing in words."""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from cli import CHECKOUT
from cli.docs import openapi
from shared.events import SERVICES
from shared.http import PROBLEM, PROBLEMS
from shared.service import application

Operation = dict[str, Any]


def document(service: str) -> dict[str, Any]:
    return application(import_module(f"services.{service}.main").SERVICE).openapi()


def operations() -> Iterator[Any]:
    for service in SERVICES:
        for path, methods in document(service)["paths"].items():
            for method, operation in methods.items():
                yield pytest.param(operation, id=f"{service}: {method.upper()} {path}")


EVERY = list(operations())
API = [case for case in EVERY if case.values[0].get("tags") != ["operations"]]


@pytest.mark.parametrize("operation", EVERY)
def test_an_endpoint_says_what_it_does(operation: Operation) -> None:
    assert len(operation.get("description", "").split()) >= 2


@pytest.mark.parametrize("operation", API)
def test_an_endpoint_of_the_api_wants_a_token(operation: Operation) -> None:
    assert operation.get("security")


@pytest.mark.parametrize("operation", API)
def test_an_endpoint_refuses_with_a_problem_that_names_the_rule(operation: Operation) -> None:
    for status in PROBLEMS:
        assert list(operation["responses"][status]["content"]) == [PROBLEM]


@pytest.mark.parametrize("operation", API)
def test_an_answer_has_a_shape(operation: Operation) -> None:
    [success] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    shapes = [content["schema"] for content in success.get("content", {}).values()]
    assert all(shapes)
    assert shapes or operation["responses"].get("204")


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_description_is_what_the_code_says(service: str) -> None:
    committed = (CHECKOUT / "docs" / "openapi" / f"{service}.json").read_text()
    assert json.loads(committed) == json.loads(openapi.document(service))
