"""Session's tables and queries; what they answer are values of the domain."""
