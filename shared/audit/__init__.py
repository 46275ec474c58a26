"""The audit trail: who did what to whom, when, under which version, with which inputs and outcome.

One chain for each service and site. `entry` is a row, `trail` writes it, `chain` says whether the rows are what was
written; `command` and `clearance` say what is written of a request and of an authority's answer.
"""
