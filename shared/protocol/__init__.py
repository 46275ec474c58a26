"""What a program protocol is, how one is loaded, and the structured answers its screening rules read."""

from shared.protocol.answers import ScreeningAnswers, facts
from shared.protocol.model import Protocol

__all__ = ["Protocol", "ScreeningAnswers", "facts"]
