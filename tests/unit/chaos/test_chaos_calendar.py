"""The experiment's protocol is sound, and follows from the brisk one."""

from pathlib import Path

from chaos.calendar import PROTOCOL, write_protocol
from shared.protocol.library import ProtocolLibrary


def test_the_calendar_of_a_storm_is_a_sound_protocol(tmp_path: Path) -> None:
    protocol = ProtocolLibrary(write_protocol(tmp_path)).latest(PROTOCOL)
    assert [session.key for session in protocol.sessions] == [
        "preparation:1",
        "preparation:2",
        "dose:1",
        "circle:1",
        "dose:2",
        "circle:2",
    ]
