"""What a service logged as trouble stands in the failure of a component test."""

import logging

import structlog

from tests.lib.logged import listen, logged


def test_an_exception_that_a_handler_met_is_told_with_its_trace() -> None:
    listen()
    try:
        raise KeyError("bed")
    except KeyError as error:
        structlog.get_logger().warning("event.not_handled", type="seat.accepted", exc_info=error)
    assert "event.not_handled" in logged()
    assert "test_logged.py" in logged()
    assert "KeyError: 'bed'" in logged()


def test_what_a_library_logged_is_told_too() -> None:
    listen()
    logging.getLogger("temporalio.activity").warning("Completing activity as failed")
    assert "Completing activity as failed" in logged()
