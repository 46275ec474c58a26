"""The protocols of a directory, each read and checked before anything starts."""

import re
from pathlib import Path

from shared.document import Fault, FaultyFile
from shared.protocol.load import load_protocol
from shared.protocol.model import Protocol
from shared.refusal import Refused


class ProtocolGone(Refused):
    """A protocol's content cannot be read: nobody kept its hash, or its file is gone, changed or faulty.

    Whatever needs it is refused under the rule's name: `protocol_unpinned`, `protocol_gone`, `protocol_changed`,
    `protocol_faulty`.
    """


Version = tuple[str, str]
"""A protocol's id and its version's number."""


class ProtocolLibrary:
    """Every `*.yaml` of a directory. `faults`: what is wrong with its files; the sound ones are read all the same.

    `files`: where each version was read. A faulty file treats nobody who follows it, and stops nobody else. A version
    that two files hold can be chosen by nobody; whoever follows either content goes on. Raises FaultyFile when there is
    no sound protocol at all.
    """

    def __init__(self, directory: Path) -> None:
        self._protocols: dict[Version, Protocol] = {}
        self._contents: dict[str, Protocol] = {}
        self._faulty: dict[Version, Fault] = {}
        self.files: dict[Version, Path] = {}
        self.faults: tuple[Fault, ...] = ()
        for file in sorted(directory.glob("*.yaml")):
            try:
                self._add(file, load_protocol(file))
            except FaultyFile as wrong:
                self.faults += wrong.faults
                self._faulty.setdefault(_named(file), wrong.faults[0])
        if not self._contents:
            raise FaultyFile(self.faults or [Fault(str(directory), 1, "", "holds no protocol (*.yaml)")])

    def _add(self, file: Path, protocol: Protocol) -> None:
        name = (protocol.id, protocol.version)
        self._contents[protocol.content_hash] = protocol
        if name in self.files:
            sentence = f"{' '.join(name)} is already in {self.files[name].name}: change the version"
            self._protocols.pop(name, None)
            raise FaultyFile([Fault(str(file), 1, "version", sentence)])
        self.files[name] = file
        self._protocols[name] = protocol

    def published(self, id: str, version: str) -> Protocol:
        """Return what lies here under this version today, for a person who chooses it now: to release it, to begin or
        amend with it, to read it. What was chosen before is looked up by its content (`pinned`).

        KeyError says which versions there are; ProtocolGone (`protocol_faulty`) that its file is faulty.
        """
        if fault := self._faulty.get((id, version)):
            raise _faulty(id, version, fault)
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
        content = self._contents.get(hash)
        if content and (content.id, content.version) == (id, version):
            return self._noted(content)
        if fault := self._faulty.get((id, version)):
            raise _faulty(id, version, fault)
        if (id, version) not in self._protocols:
            raise ProtocolGone("protocol_gone", f"{id} {version} is pinned, and its file is not here any more")
        now = self._protocols[id, version].content_hash
        detail = f"{id} {version} has other content now ({now[:12]}) than was pinned ({hash[:12]})"
        raise ProtocolGone("protocol_changed", detail)

    def _noted(self, protocol: Protocol) -> Protocol:
        return protocol

    def latest(self, id: str) -> Protocol:
        """Return the highest version of the protocol; KeyError when there is none.

        Raises ProtocolGone (`protocol_faulty`) when a file of this protocol is faulty: which version is the highest
        cannot be told.
        """
        return max(self._versions(id), key=lambda protocol: _order(protocol.version))

    def only(self, id: str) -> Protocol | None:
        """Return the protocol's one version; None when there are several: which one holds is for somebody to sign.

        Raises KeyError when there is none, and ProtocolGone (`protocol_faulty`) when a file of it is faulty.
        """
        versions = self._versions(id)
        return versions[0] if len(versions) == 1 else None

    def _versions(self, id: str) -> list[Protocol]:
        for (known, version), fault in self._faulty.items():
            if known == id:
                raise _faulty(id, version, fault)
        if versions := [protocol for protocol in self._protocols.values() if protocol.id == id]:
            return versions
        raise KeyError(f"there is no protocol {id!r}; there are: {', '.join(sorted({k for k, _ in self._protocols}))}")

    def all(self) -> tuple[Protocol, ...]:
        """By id, then version."""
        return tuple(sorted(self._protocols.values(), key=lambda protocol: (protocol.id, _order(protocol.version))))


class Consulted(ProtocolLibrary):
    """A library that notes which versions were asked for: under what a rule decided."""

    def __init__(self, library: ProtocolLibrary) -> None:
        self._protocols, self._contents, self._faulty = library._protocols, library._contents, library._faulty
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


def _named(file: Path) -> Version:
    """Return the id and version that a faulty file says in its first column, as far as it says them."""
    try:
        text = file.read_text(errors="replace")
    except OSError:
        return "", ""
    said = dict(re.findall(r"""^(id|version): *["']?([\w.]+)""", text, re.MULTILINE))
    return said.get("id", ""), said.get("version", "")


def _faulty(id: str, version: str, fault: Fault) -> ProtocolGone:
    return ProtocolGone("protocol_faulty", f"the file of {id} {version} is faulty and treats nobody: {fault}".strip())
