"""The story of a rehearsal: who does what differently from the ordinary. Data, checked before anything starts."""

from rehearsal.story.reading import read_cohorts, read_script, read_story
from rehearsal.story.script import ORDINARY, Absence, Cohort, Person, Script, Story

__all__ = ["ORDINARY", "Absence", "Cohort", "Person", "Script", "Story", "read_cohorts", "read_script", "read_story"]
