"""The fork server's own process: reads an order a line, answers with the process that it spawned, and of each end.

It keeps one thread and opens nothing, so that it may fork.
"""

import json
import os
import runpy
import selectors
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

from setproctitle import setproctitle

from embedded.parent_death import die_with_parent

SHARED_BY_ALL = "shared.service"
ORDERS = 0


def main() -> None:
    import_module(SHARED_BY_ALL)
    deaths, telling = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(telling)
    unread = b""
    with selectors.DefaultSelector() as ready:
        ready.register(deaths, selectors.EVENT_READ)
        ready.register(ORDERS, selectors.EVENT_READ)
        while True:
            readable = {key.fd for key, _ in ready.select()}
            if deaths in readable:
                os.read(deaths, 4096)
                _tell_deaths()
            if ORDERS in readable:
                if not (said := os.read(ORDERS, 65536)):
                    return
                *orders, unread = (unread + said).split(b"\n")
                for order in orders:
                    _bear(json.loads(order))


def _bear(order: dict[str, Any]) -> None:
    prepare = die_with_parent(signal.SIGTERM)
    if pid := os.fork():
        _tell(spawned=pid)
    else:
        if prepare:
            prepare()
        _become(**order)


def _become(module: str, env: dict[str, str], log: str) -> NoReturn:
    """As `python -m module` would: in a session of its own, with its own environment, on its own log."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for own, instead in ((0, os.open(os.devnull, os.O_RDONLY)), (1, written), (2, written)):
        os.dup2(instead, own)
    setproctitle(f"{sys.executable} -m {module}")
    os.environ.clear()
    os.environ.update(env)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit()


def _tell_deaths() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(died=pid, status=os.waitstatus_to_exitcode(status))


def _tell(**fact: int) -> None:
    os.write(1, json.dumps(fact).encode() + b"\n")


if __name__ == "__main__":
    main()
