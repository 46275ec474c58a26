"""What a command about a program answers with."""

from uuid import UUID

from pydantic import BaseModel


class Accepted(BaseModel):
    """The program's newest revision after the command."""

    program_id: UUID
    revision: int
