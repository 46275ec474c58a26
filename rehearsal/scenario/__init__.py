"""The scenario of a rehearsal: who does what differently from the ordinary. Data, checked before anything starts."""

from rehearsal.scenario.reading import read_cohorts, read_scenario, read_script
from rehearsal.scenario.script import ORDINARY, Absence, Cohort, Person, Scenario, Script

__all__ = [
    "ORDINARY",
    "Absence",
    "Cohort",
    "Person",
    "Scenario",
    "Script",
    "read_cohorts",
    "read_scenario",
    "read_script",
]
