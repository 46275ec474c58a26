"""Session's tables and queries; what they answer are values of the domain."""

from shared.obligation import Obligations

obligations = Obligations("session")
