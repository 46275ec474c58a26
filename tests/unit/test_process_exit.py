"""A process that has done its work ends with its own status, whatever waits for the interpreter to be taken down."""

import os
import subprocess
import sys

LEAVES = """
import atexit, os
from shared.process_exit import leave
atexit.register(os.abort)
print("done")
leave({status})
"""


def left(status: int, **options: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LEAVES.format(status=status)]
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}
    return subprocess.run(command, check=False, text=True, env=buffered, stderr=subprocess.PIPE, **options)


def test_it_ends_with_its_status_and_with_what_it_said() -> None:
    ended = left(3, stdout=subprocess.PIPE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "done\n", "")


def test_nobody_listening_any_more_is_no_failure() -> None:
    listening, telling = os.pipe()
    os.close(listening)
    ended = left(0, stdout=telling)
    os.close(telling)
    assert (ended.returncode, ended.stderr) == (0, "")
