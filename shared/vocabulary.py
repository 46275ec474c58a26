"""Closed vocabularies: whoever reads one says something about each of its words.

A word that is added later must not fall in silence into what was meant for another one. A branch on a word is a
`match`, which the type check wants complete; a table or a set of words is made here, and is refused at import while a
word lacks.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar, get_args

Word = TypeVar("Word")
Said = TypeVar("Said")


def words(vocabulary: Any) -> tuple[Any, ...]:
    """Return the words of an enumeration or of a `Literal`."""
    if isinstance(vocabulary, type) and issubclass(vocabulary, Enum):
        return tuple(vocabulary)
    return get_args(vocabulary)


def total(vocabulary: Any, table: Mapping[Word, Said]) -> Mapping[Word, Said]:
    """Return the table; raises TypeError if it says nothing of one of the words, or something of another one."""
    lacking = [str(word) for word in words(vocabulary) if word not in table]
    foreign = [str(word) for word in table if word not in words(vocabulary)]
    if lacking or foreign:
        raise TypeError(f"this table says nothing of {lacking}, and {foreign} are no words of its vocabulary")
    return table


def those(vocabulary: Any, *, are: Iterable[Word], are_not: Iterable[Word]) -> frozenset[Word]:
    """Return the words that are; raises TypeError unless each word of the vocabulary is decided on."""
    chosen = frozenset(are)
    total(vocabulary, dict.fromkeys((*chosen, *are_not)))
    return chosen
