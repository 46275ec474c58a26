"""What a user reads when an embedded server cannot run: one sentence that says what to do."""


class EmbeddedError(RuntimeError):
    """An embedded server cannot start or has ended; the text says what to do about it."""
