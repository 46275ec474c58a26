"""Integration's tables and queries; domain values come out."""

from shared.obligation import Obligations

obligations = Obligations("integration")
