"""The probes: one for each reading that a black box can tell, in the order to run."""

from conformance.fiserv.probes import answers, fields, form, identity

# The form of XML requests comes first: everything else that is sent in XML goes by it.
PROBES = [*form.FIRST, *answers.PROBES, *form.PROBES, *identity.PROBES, *fields.PROBES, *answers.LAST]
