"""What was chosen once is looked up by its content; by its version alone only by whoever chooses it now."""

import ast

import pytest

from shared.migrations import ROOT
from shared.protocol.library import Consulted, ProtocolGone, ProtocolLibrary

LIBRARY = ProtocolLibrary(ROOT / "protocols")
WEEKLY6 = LIBRARY.latest("weekly6")
CHOOSING = {
    "intake/commands/refer_person.py": {"protocols.only"},  # who is referred is screened by the one version there is
    "notifications/handlers.py": {"protocols.latest"},  # the referral of an older build does not say its version
    "scheduler/storage/versions.py": {"protocols.published", "protocols.latest"},  # refuses what is not there
    "scheduler/commands/know_version.py": {"versions.published"},
    "scheduler/commands/open_cohort.py": {"versions.published", "protocols.published", "protocols.only"},
    "scheduler/commands/preview_amendment.py": {"versions.published"},
    "scheduler/api/sign_offs.py": {"versions.published"},
}
"""Where somebody is referred, a person releases a version or signs its values off, opens a cohort or amends it."""
BY_NUMBER = {"published", "latest", "only", "get"}


@pytest.mark.parametrize(
    ("version", "hash", "rule"),
    [
        (WEEKLY6.version, None, "protocol_unpinned"),
        (WEEKLY6.version, "0" * 64, "protocol_changed"),
        ("99.0.0", WEEKLY6.content_hash, "protocol_gone"),
    ],
)
def test_a_pin_that_cannot_be_read_is_refused_by_name(version: str, hash: str | None, rule: str) -> None:
    with pytest.raises(ProtocolGone) as refused:
        LIBRARY.pinned("weekly6", version, hash)
    assert (refused.value.rule, refused.value.status) == (rule, 409)


def test_the_pinned_content_is_noted_as_what_was_consulted() -> None:
    consulted = Consulted(LIBRARY)
    assert consulted.pinned("weekly6", WEEKLY6.version, WEEKLY6.content_hash) is WEEKLY6
    assert consulted.pins == (f"weekly6@{WEEKLY6.version}#{WEEKLY6.content_hash}",)


def test_a_service_looks_a_version_up_without_its_content_only_where_it_is_chosen() -> None:
    services = ROOT / "services"
    found = {path.relative_to(services).as_posix(): chosen(path.read_text()) for path in services.rglob("*.py")}
    assert {path: calls for path, calls in found.items() if calls} == CHOOSING


def chosen(source: str) -> set[str]:
    """Return the calls by which a version is looked up without its content, such as `protocols.latest`."""
    calls = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Attribute(attr=of) | ast.Name(id=of), attr=look_up) if (
                of in {"protocols", "library", "versions"} and look_up in BY_NUMBER
            ):
                calls.add(f"{of}.{look_up}")
    return calls


def test_a_look_up_without_content_is_found_wherever_it_is_written() -> None:
    assert chosen("def f(work):\n    return work.protocols.latest(id)") == {"protocols.latest"}
    assert chosen("look_up = library.published") == {"library.published"}
    assert chosen("work.protocols.pinned(id, version, hash)") == set()
