"""Integration's tables and queries; domain values come out."""
