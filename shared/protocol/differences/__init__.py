"""What one protocol says otherwise than another, in clinical words and in the order of the document."""

from shared.protocol.differences.compare import differences
from shared.protocol.differences.difference import Difference

__all__ = ["Difference", "differences"]
