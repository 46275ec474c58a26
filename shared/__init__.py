"""Contracts and plumbing, never a clinical rule.

Zones come from the pinned tzdata package alone: a machine's own zone files are older or newer, and disagree.
"""

import zoneinfo

zoneinfo.reset_tzpath(())
