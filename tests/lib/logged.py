"""What a service of this process logged as trouble: it stands in the failure of the test that it broke."""

import logging
from collections import deque
from collections.abc import MutableMapping
from typing import Any

import structlog

MOST = 5
_troubles: deque[str] = deque(maxlen=MOST)
_formatter = logging.Formatter()


def listen() -> None:
    """Keep every warning and error from now on, of the service and of the libraries that it runs on."""
    processors = structlog.get_config()["processors"]
    if _keep not in processors:
        structlog.configure(processors=[_keep, *processors])
        logging.getLogger().addHandler(_Keeper(logging.WARNING))


def logged() -> str:
    """What was logged last, as the end of a sentence; nothing when there is nothing."""
    return "\nthe service logged:\n" + "\n".join(_troubles) if _troubles else ""


def _keep(_: Any, level: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if level in ("warning", "error", "exception", "critical"):
        said = " ".join(f"{name}={value}" for name, value in entry.items() if name != "exc_info")
        raised = entry.get("exc_info")
        _troubles.append(said + (f"\n{_trace(raised)}" if isinstance(raised, BaseException) else ""))
    return entry


def _trace(raised: BaseException) -> str:
    return _formatter.formatException((type(raised), raised, raised.__traceback__))


class _Keeper(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _troubles.append(_formatter.format(record))
