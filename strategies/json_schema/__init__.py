"""Hypothesis strategies of near misses of any JSON Schema: JSON texts that break one keyword at one place.

    @given(near_misses(schema, valid_orders()))
    def test_refuses(miss: NearMiss): ...  # miss.document, miss.breaks, miss.where

    each_near_miss(schema, {"id": 1})  # all ways to break one instance

A near miss is a valid instance with one edit, written as bytes; what is read back from these bytes breaks exactly one
keyword at one place, and that is the keyword that the edit was made for. So `1.0` breaks no `"type": "integer"`, and
`[1, 1.0]` does break `uniqueItems`.

Keywords that are broken: type, enum, const, not, anyOf, oneOf, minLength, maxLength, pattern, format, minimum, maximum,
exclusiveMinimum, exclusiveMaximum, multipleOf, minItems, maxItems, uniqueItems, contains, minContains, maxContains,
required, dependentRequired, additionalProperties, unevaluatedProperties, propertyNames, minProperties, maxProperties,
and members whose schema is false. Through $ref, $dynamicRef, allOf, anyOf, oneOf, if, then, else, dependentSchemas,
properties, patternProperties, additionalProperties, prefixItems and items they are found at any depth.

Decimal fractions are exact: 19.99 is a multiple of 0.01. Regular expressions are those that Python's `re` reads; a
schema with another one, such as one with the property escapes of ECMA-262, is refused with a ValueError that names it.

Not broken: unevaluatedItems, and keywords of earlier dialects that 2020-12 no longer has (dependencies,
additionalItems, a list of items). Valid instances are not made here: whoever knows the schema gives them.
"""

from strategies.json_schema.near_misses import NearMiss, each_near_miss, near_misses

__all__ = ["NearMiss", "each_near_miss", "near_misses"]
