"""What several services keep of the scheduler's events, folded by one rule into the same row everywhere.

**An older word that comes late changes nothing.** The events about one program are numbered in one line
(`Envelope.sequence`). Each part of a row (state, seat, protocol) keeps the number of the event that said it last, and
an event with that number or a lower one leaves the part as it is. So events may come in any order and more than once:
every service ends with the same row.
"""
