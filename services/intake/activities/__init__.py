"""What intake does besides answering: what is due by itself, and what a correction touches."""

from services.intake.activities.deadlines import RULES

__all__ = ["RULES"]
