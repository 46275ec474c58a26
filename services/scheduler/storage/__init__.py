"""What the scheduler remembers."""

from shared.obligation import Obligations

obligations = Obligations("scheduler")
