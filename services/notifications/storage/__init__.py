"""The tables of notifications and their queries; they return domain values."""

from shared.obligation import Obligations

obligations = Obligations("notifications")
