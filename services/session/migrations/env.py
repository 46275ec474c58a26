"""Alembic's entry to this service's history."""

from shared.migrations import run_environment

run_environment("session")
