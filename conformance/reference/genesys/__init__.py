"""Genesys Universal Contact Server, Update Customer Profile and what surrounds it."""

from conformance.reference.genesys import (
    faults_answers,
    faults_attributes,
    faults_concurrency,
    faults_extensions,
    faults_forms,
    faults_headers,
    faults_identity,
    faults_odd_requests,
    faults_refusals,
    faults_sequences,
    faults_storage,
    faults_values,
    first_contact,
    value_classes,
)
from conformance.reference.genesys.service import GenesysService

SERVICE = GenesysService

__all__ = [
    "SERVICE",
    "faults_answers",
    "faults_attributes",
    "faults_concurrency",
    "faults_extensions",
    "faults_forms",
    "faults_headers",
    "faults_identity",
    "faults_odd_requests",
    "faults_refusals",
    "faults_sequences",
    "faults_storage",
    "faults_values",
    "first_contact",
    "value_classes",
]
