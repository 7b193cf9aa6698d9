"""The reference of several vendors at once."""

from __future__ import annotations

import pytest

from conformance.reference.embedded import serve


def test_each_vendor_takes_the_faults_and_readings_that_it_has() -> None:
    with serve(["fiserv", "genesys"], faults=["text-trimmed"], readings={"success-status": "204"}) as server:
        names = {vendor: type(service).__name__ for vendor, service in server.services.items()}
        assert names == {"fiserv": "FiservService", "genesys": "FaultyGenesysService"}
        assert server.services["genesys"].reading("success-status") == "204"


def test_what_no_vendor_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault nobodys"), serve(["fiserv", "genesys"], faults=["nobodys"]):
        pass
    with pytest.raises(ValueError, match="no reading 'nobodys'"), serve(["genesys"], readings={"nobodys": "x"}):
        pass
