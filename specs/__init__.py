"""What the documents say, as data: contracts, requirements, readings, schemas, examples."""

from specs.catalogue import contract, contracts, load_contract
from specs.contract import Contract
from specs.errors import Mistake, SpecError
from specs.model import (
    AbsentOrNull,
    Example,
    Freedom,
    Level,
    Meeting,
    Operation,
    Option,
    Reading,
    Requirement,
    Source,
    StatusCode,
    TargetField,
)

__all__ = [
    "AbsentOrNull",
    "Contract",
    "Example",
    "Freedom",
    "Level",
    "Meeting",
    "Mistake",
    "Operation",
    "Option",
    "Reading",
    "Requirement",
    "Source",
    "SpecError",
    "StatusCode",
    "TargetField",
    "contract",
    "contracts",
    "load_contract",
]
