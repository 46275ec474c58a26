"""docs/openapi/<service>.json: each service's HTTP API, read without starting the service."""

import json
from importlib import import_module

from shared.events import SERVICES
from shared.service import application


def documents() -> dict[str, str]:
    return {f"docs/openapi/{service}.json": document(service) for service in SERVICES}


def document(service: str) -> str:
    declared = import_module(f"services.{service}.main").SERVICE
    return json.dumps(application(declared).openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
