"""The protocols of a directory, all read and checked before anything starts."""

from pathlib import Path

from shared.protocol.load import ProtocolError, ProtocolErrors, load_protocol
from shared.protocol.model import Protocol
from shared.refusal import Refused


class ProtocolGone(Refused):
    """A pinned content cannot be read: nobody kept its hash, its file is gone, or its file says something else by now.

    Whatever needs it is refused under the rule's name: `protocol_unpinned`, `protocol_gone`, `protocol_changed`.
    """


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

    def published(self, id: str, version: str) -> Protocol:
        """Return what lies here under this version today, for a person who chooses it now: to release it, to begin or
        amend with it, to read it. What was chosen before is looked up by its content (`pinned`).

        KeyError says which versions there are.
        """
        if (id, version) not in self._protocols:
            there = ", ".join(f"{known} {number}" for known, number in sorted(self._protocols))
            raise KeyError(f"there is no protocol {id} {version}; there are: {there}")
        return self._protocols[id, version]

    def pinned(self, id: str, version: str, hash: str | None) -> Protocol:
        """Return the protocol with this very content; raise ProtocolGone when it cannot be told or read.

        A file that was edited under its version is another protocol: a person who follows the old text is never
        treated by the new one. `hash` None: the pin was kept before hashes were, so nothing says what it meant.
        """
        if hash is None:
            raise ProtocolGone("protocol_unpinned", f"nobody kept which content of {id} {version} was pinned")
        protocol = self._protocols.get((id, version))
        if protocol is None:
            raise ProtocolGone("protocol_gone", f"{id} {version} is pinned, and its file is not here any more")
        if protocol.content_hash != hash:
            detail = (
                f"{id} {version} has other content now ({protocol.content_hash[:12]}) than was pinned ({hash[:12]})"
            )
            raise ProtocolGone("protocol_changed", detail)
        return self._noted(protocol)

    def _noted(self, protocol: Protocol) -> Protocol:
        return protocol

    def latest(self, id: str) -> Protocol:
        """The highest version of the protocol; KeyError when there is none."""
        versions = [protocol for protocol in self._protocols.values() if protocol.id == id]
        if not versions:
            raise KeyError(
                f"there is no protocol {id!r}; there are: {', '.join(sorted({k for k, _ in self._protocols}))}"
            )
        return max(versions, key=lambda protocol: _order(protocol.version))

    def only(self, id: str) -> Protocol | None:
        """Return the protocol's one version; None when there are several: which one holds is for somebody to sign.

        Raises KeyError when there is none.
        """
        if not (versions := [protocol for protocol in self._protocols.values() if protocol.id == id]):
            return self.latest(id)
        return versions[0] if len(versions) == 1 else None

    def all(self) -> tuple[Protocol, ...]:
        """By id, then version."""
        return tuple(sorted(self._protocols.values(), key=lambda protocol: (protocol.id, _order(protocol.version))))


class Consulted(ProtocolLibrary):
    """A library that notes which versions were asked for: under what a rule decided."""

    def __init__(self, library: ProtocolLibrary) -> None:
        self._protocols = library._protocols
        self._asked: set[str] = set()

    @property
    def pins(self) -> tuple[str, ...]:
        """`id@version#content hash` of each."""
        return tuple(sorted(self._asked))

    def published(self, id: str, version: str) -> Protocol:
        return self._noted(super().published(id, version))

    def latest(self, id: str) -> Protocol:
        return self._noted(super().latest(id))

    def only(self, id: str) -> Protocol | None:
        one = super().only(id)
        return self._noted(one) if one else None

    def _noted(self, protocol: Protocol) -> Protocol:
        self._asked.add(f"{protocol.id}@{protocol.version}#{protocol.content_hash}")
        return protocol


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
