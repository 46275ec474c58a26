"""No child outlives its parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does before it becomes the server, so that no server outlives a parent that was killed.

    Linux counts the *thread* that started the child as its parent: start servers from one that stays.
    """
    if _libc is None:
        return None
    parent, prctl = os.getpid(), _libc.prctl

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return prepare
