"""When a screening rule applies: a closed, declarative expression over structured answers. Data, never run as code.

Every node is recognised by one key of its own, as in
`{any: [{condition: psychosis}, {fact: bmi, above: 35}]}`.
A comparison with an answer that was not given is false; `{missing: path}` asks for exactly that.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from shared.protocol.answers import ConditionCode, fact_paths
from shared.protocol.base import Part, near_miss
from shared.protocol.spans import Days
from shared.protocol.vocabulary import MedicationClass, Substance

Scalar = bool | int | float | str


def _known_fact(path: str) -> str:
    if path not in fact_paths():
        raise ValueError(f"{path!r} is not one of the screening answers{near_miss(path, fact_paths())}")
    return path


class FactIs(Part):
    """One answer compared with a value: exactly one of the operators is given."""

    fact: str = Field(description="the answer that is compared")
    equals: Scalar | None = Field(default=None, alias="is", description="is exactly")
    one_of: tuple[str, ...] | None = Field(default=None, max_length=50, description="is one of")
    above: float | None = Field(default=None, description="is above")
    at_least: float | None = Field(default=None, description="is at least")
    below: float | None = Field(default=None, description="is below")
    at_most: float | None = Field(default=None, description="is at most")

    _fact_exists = field_validator("fact")(_known_fact)

    @model_validator(mode="after")
    def _one_operator(self) -> Self:
        given = (self.equals, self.one_of, self.above, self.at_least, self.below, self.at_most)
        if sum(value is not None for value in given) != 1:
            raise ValueError("a fact is compared with exactly one of: is, one_of, above, at_least, below, at_most")
        return self


class HasCondition(Part):
    """A coded condition, ever; or only while active (`active: true`), or only when past (`active: false`)."""

    condition: ConditionCode = Field(description="the coded condition")
    active: bool | None = Field(default=None, description="only while active (true), or only when past (false)")


class TakesMedication(Part):
    """A medication of this class, ever listed; with `within`, only if last taken no longer ago than that."""

    medication_class: MedicationClass = Field(description="the class of medication")
    within: Days | None = Field(default=None, description="only if last taken no longer ago than this")


class UsesSubstance(Part):
    """A substance use disorder: any or a named one; active, or in remission for less than `remission_under`."""

    substance: Substance | Literal["any"] = Field(description="the substance, or any")
    active: bool | None = Field(default=None, description="only while active (true), or only in remission (false)")
    remission_under: Days | None = Field(default=None, description="only if in remission for less than this")


class AnswerMissing(Part):
    missing: str = Field(description="the answer that was not given")

    _fact_exists = field_validator("missing")(_known_fact)


class AnyOf(Part):
    any: tuple["Expression", ...] = Field(min_length=1, max_length=100, description="at least one of these holds")


class AllOf(Part):
    all: tuple["Expression", ...] = Field(min_length=1, max_length=100, description="all of these hold")


class Not(Part):
    negated: "Expression" = Field(alias="not", description="this does not hold")


NODE_KEYS = ("fact", "condition", "medication_class", "substance", "missing", "any", "all", "not")


def _node_key(value: Any) -> str | None:
    """The tag of the one key that says which node this is (~, as no key begins so), or None."""
    if isinstance(value, Not):
        return "~not"
    names = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((f"~{key}" for key in NODE_KEYS if key in names), None)


Expression = Annotated[
    Annotated[FactIs, Tag("~fact")]
    | Annotated[HasCondition, Tag("~condition")]
    | Annotated[TakesMedication, Tag("~medication_class")]
    | Annotated[UsesSubstance, Tag("~substance")]
    | Annotated[AnswerMissing, Tag("~missing")]
    | Annotated[AnyOf, Tag("~any")]
    | Annotated[AllOf, Tag("~all")]
    | Annotated[Not, Tag("~not")],
    Discriminator(
        _node_key,
        custom_error_type="expression",
        custom_error_message="an expression has one of the keys " + ", ".join(NODE_KEYS),
    ),
]

for node in (AnyOf, AllOf, Not):
    node.model_rebuild()
