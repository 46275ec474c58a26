"""Intake's tables and queries; they take and answer the values of the domain."""

from shared.obligation import Obligations

obligations = Obligations("intake")
