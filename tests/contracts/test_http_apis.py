"""What a service promises over HTTP: every endpoint explained, guarded, and refusing in words."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from cli import CHECKOUT
from cli.docs import openapi
from shared.events import SERVICES
from shared.http import LINKS, _linked, authenticate
from shared.problems import PROBLEM, PROBLEMS, PROBLEMS_OF_COMMANDS
from shared.request_body import RequestBody
from shared.service import application

Operation = dict[str, Any]
Schema = dict[str, Any]


def document(service: str) -> dict[str, Any]:
    return application(import_module(f"services.{service}.main").SERVICE).openapi()


def operations() -> Iterator[Any]:
    for service in SERVICES:
        for path, methods in document(service)["paths"].items():
            for method, operation in methods.items():
                yield pytest.param(operation, id=f"{service}: {method.upper()} {path}")


EVERY = list(operations())
API = [case for case in EVERY if case.values[0].get("tags") not in (["operations"], [LINKS])]


@pytest.mark.parametrize("operation", EVERY)
def test_an_endpoint_says_what_it_does(operation: Operation) -> None:
    assert len(operation.get("description", "").split()) >= 2


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(inner)


@pytest.mark.parametrize("service", SERVICES)
def test_everything_that_a_description_refers_to_is_in_it(service: str) -> None:
    """A generator leaves out whatever it cannot find, and its client then returns nothing."""
    described = document(service)
    found = set(references(described))
    known = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert found
    assert found - known == set()


@pytest.mark.parametrize("operation", API)
def test_an_endpoint_of_the_api_wants_a_token(operation: Operation) -> None:
    assert operation.get("security")


@pytest.mark.parametrize("operation", API)
def test_an_endpoint_refuses_with_a_problem_that_names_the_rule(operation: Operation) -> None:
    for status in PROBLEMS | (PROBLEMS_OF_COMMANDS if "requestBody" in operation else {}):
        assert list(operation["responses"][status]["content"]) == [PROBLEM]


def lists() -> Iterator[Any]:
    for service in SERVICES:
        api = document(service)
        for path, methods in api["paths"].items():
            shape = _answered(api, methods.get("get", {}))
            if shape.get("type") == "array" or shape.get("properties", {}).get("items", {}).get("type") == "array":
                yield pytest.param(methods["get"], shape, id=f"{service}: {path}")


def _answered(api: dict[str, Any], operation: Operation) -> Schema:
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(api["components"]["schemas"][name]) if name else dict(schema)


@pytest.mark.parametrize(("operation", "shape"), list(lists()))
def test_a_list_has_a_cursor(operation: Operation, shape: Schema) -> None:
    assert {"after", "limit"} <= {parameter["name"] for parameter in operation["parameters"]}
    assert "next" in shape["properties"]


@pytest.mark.parametrize("operation", API)
def test_an_answer_has_a_shape(operation: Operation) -> None:
    [success] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    shapes = [content["schema"] for content in success.get("content", {}).values()]
    assert all(shapes)
    assert shapes or operation["responses"].get("204")


@pytest.mark.parametrize("service", SERVICES)
def test_a_generated_client_has_readable_functions_and_one_class_a_name(service: str) -> None:
    described = document(service)
    names = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name) or len(name) > 40] == []
    schemas = described["components"]["schemas"]
    assert {name: schema.get("title", name) for name, schema in schemas.items()} == {name: name for name in schemas}


def bodies() -> Iterator[Any]:
    """Every operation that takes a body, with each object in it, however deep."""
    for service in SERVICES:
        described = document(service)
        schemas = described["components"]["schemas"]
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    found = list(objects(content["schema"], schemas, set()))
                    yield pytest.param(found, id=f"{service}: {method.upper()} {path}")


def objects(schema: Any, schemas: dict[str, Schema], seen: set[str]) -> Iterator[Schema]:
    if isinstance(schema, list):
        for part in schema:
            yield from objects(part, schemas, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        yield from objects(schemas[name], schemas, seen)
    if "properties" in schema:
        yield schema
    for part in schema.values():
        yield from objects(part, schemas, seen)


@pytest.mark.parametrize("found", list(bodies()))
def test_a_body_takes_no_name_that_it_does_not_know(found: list[Schema]) -> None:
    assert found
    assert [schema.get("title") for schema in found if schema.get("additionalProperties") is not False] == []


def routes() -> Iterator[Any]:
    for service in SERVICES:
        declared = import_module(f"services.{service}.main").SERVICE
        for found in iter_route_contexts(application(declared).routes):
            if isinstance(found.route, APIRoute) and found.route.tags not in (["operations"], [LINKS]):
                yield pytest.param(found.route, id=f"{service}: {min(found.route.methods)} {found.route.path}")


@pytest.mark.parametrize("route", list(routes()))
def test_an_endpoint_reads_the_token_where_unknown_query_parameters_are_refused(route: APIRoute) -> None:
    called = {dependant.call for dependant in dependencies(route.dependant)}
    assert authenticate in called


def test_without_a_token_only_a_link_that_we_made_leads_anywhere() -> None:
    """The links in mails are the only endpoints of an API that nobody logs in to."""
    tagged = {}
    for service in SERVICES:
        for found in iter_route_contexts(application(import_module(f"services.{service}.main").SERVICE).routes):
            if isinstance(found.route, APIRoute) and LINKS in found.route.tags:
                called = {dependant.call for dependant in dependencies(found.route.dependant)}
                tagged[f"{service} {min(found.route.methods)}"] = _linked in called
    assert tagged == {"notifications GET": True, "notifications POST": True}


@pytest.mark.parametrize("route", list(routes()))
def test_a_body_is_a_request_body(route: APIRoute) -> None:
    for field in route.dependant.body_params:
        assert issubclass(field.field_info.annotation, RequestBody)


def dependencies(of: Dependant) -> Iterator[Dependant]:
    yield of
    for dependant in of.dependencies:
        yield from dependencies(dependant)


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_description_is_what_the_code_says(service: str) -> None:
    committed = (CHECKOUT / "docs" / "openapi" / f"{service}.json").read_text()
    assert json.loads(committed) == json.loads(openapi.document(service))
