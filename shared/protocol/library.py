"""The protocols of a directory, all read and checked before anything starts."""

from pathlib import Path

from shared.protocol.load import ProtocolError, ProtocolErrors, load_protocol
from shared.protocol.model import Protocol


class ProtocolLibrary:
    """Every `*.yaml` of a directory. Refuses to exist while one of them is wrong or two share an id and version."""

    def __init__(self, directory: Path) -> None:
        self._protocols: dict[tuple[str, str], Protocol] = {}
        files = sorted(directory.glob("*.yaml"))
        if not files:
            raise ProtocolErrors([ProtocolError(str(directory), 1, "", "holds no protocol (*.yaml)")])
        errors: list[ProtocolError] = []
        read_from: dict[tuple[str, str], Path] = {}
        for file in files:
            try:
                protocol = load_protocol(file)
            except ProtocolErrors as wrong:
                errors += wrong.errors
                continue
            name = (protocol.id, protocol.version)
            if name in read_from:
                sentence = f"{protocol.id} {protocol.version} is already in {read_from[name].name}: change the version"
                errors.append(ProtocolError(str(file), 1, "version", sentence))
            read_from.setdefault(name, file)
            self._protocols.setdefault(name, protocol)
        if errors:
            raise ProtocolErrors(errors)

    def get(self, id: str, version: str) -> Protocol:
        """That very version; KeyError says which ones there are."""
        if (id, version) not in self._protocols:
            there = ", ".join(f"{known} {number}" for known, number in sorted(self._protocols))
            raise KeyError(f"there is no protocol {id} {version}; there are: {there}")
        return self._protocols[id, version]

    def latest(self, id: str) -> Protocol:
        """The highest version of the protocol; KeyError when there is none."""
        versions = [protocol for protocol in self._protocols.values() if protocol.id == id]
        if not versions:
            raise KeyError(
                f"there is no protocol {id!r}; there are: {', '.join(sorted({k for k, _ in self._protocols}))}"
            )
        return max(versions, key=lambda protocol: _order(protocol.version))

    def all(self) -> tuple[Protocol, ...]:
        """By id, then version."""
        return tuple(sorted(self._protocols.values(), key=lambda protocol: (protocol.id, _order(protocol.version))))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
