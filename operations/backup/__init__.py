"""A copy of a Homeward that runs, and a new one made of it. docs/decisions/0009 says why in this order.

The streams are copied first and the database last. An event is committed to its outbox before it is published, so the
database knows everything on the copied stream; what it knows beyond that is published again after the restore.
"""
