"""The faults of the IMIconnect reference, by what they break; importing them registers them."""

from conformance.reference.imiconnect.faults import (
    access,
    afterwards,
    answers,
    apps,
    attributes,
    batches,
    bodies,
    outcomes,
    queueing,
    transids,
    value_classes,
)

__all__ = [
    "access",
    "afterwards",
    "answers",
    "apps",
    "attributes",
    "batches",
    "bodies",
    "outcomes",
    "queueing",
    "transids",
    "value_classes",
]
