"""The EARL file is RDF that says what the record says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from reports import FORMATS, Outcome, RunRecord
from tests.reports.records import calm, nasty, run, shared, throttled, unreachable

EARL = Namespace("http://www.w3.org/ns/earl#")
DCT = Namespace("http://purl.org/dc/terms/")

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own parser uses it


def graph(record: RunRecord, out: Path) -> Graph:
    return Graph().parse(FORMATS["earl"](record, out), format="json-ld")


def outcomes(found: Graph) -> Counter[str]:
    return Counter(str(outcome).partition("#")[2] for outcome in found.objects(None, EARL.outcome))


def test_every_assertion_is_whole(tmp_path: Path) -> None:
    found = graph(calm(), tmp_path)
    assertions = list(found.subjects(RDF.type, EARL.Assertion))
    assert len(assertions) == 3
    for assertion in assertions:
        assert found.value(assertion, EARL.mode) == EARL.automatic
        subject, result = found.value(assertion, EARL.subject), found.value(assertion, EARL.result)
        assert (subject, RDF.type, EARL.TestSubject) in found
        assert (found.value(assertion, EARL.assertedBy), RDF.type, EARL.Software) in found
        assert (result, RDF.type, EARL.TestResult) in found


def test_a_requirement_has_its_sentence_its_source_and_its_document(tmp_path: Path) -> None:
    found = graph(calm(), tmp_path)
    test = URIRef("https://profile-conformance.invalid/imiconnect-customer/queued-code")
    assert str(found.value(test, DCT.title)) == "An accepted update is answered with the code for queued."
    assert str(found.value(test, DCT.source)) == "S1 lines 57, 64, 81 (S1#30, S1#36)"
    assert (found.value(test, DCT.isPartOf), RDF.type, EARL.TestRequirement) in found


def test_each_verdict_has_its_outcome(tmp_path: Path) -> None:
    # The failed reading and the target that could not be decided have assertions of their own.
    assert outcomes(graph(nasty(), tmp_path)) == {
        "failed": 2,
        "passed": 1,
        "cantTell": 2,
        "untested": 1,
        "inapplicable": 1,
    }


def test_a_run_without_targets_is_not_green(tmp_path: Path) -> None:
    nothing = replace(run(), verdict=Outcome.UNDECIDED, exit_code=3, reason="nothing was tested")
    assert outcomes(graph(nothing, tmp_path)) == {"cantTell": 1}


def test_each_assertion_names_its_cause(tmp_path: Path) -> None:
    found = graph(shared(), tmp_path)
    told = [str(info) for info in found.objects(None, EARL.info) if "cause: cause 1 of 1, it also breaks" in str(info)]
    assert len(told) == 3


def test_what_was_not_served_cannot_be_told(tmp_path: Path) -> None:
    assert outcomes(graph(throttled(), tmp_path)) == {"failed": 1, "passed": 1, "untested": 2, "cantTell": 1}
    found = graph(unreachable(), tmp_path)
    (info,) = [str(info) for info in found.objects(None, EARL.info) if "nothing answers at the address" in str(info)]
    assert info.startswith("not served: none of 3 valid requests succeeded")
