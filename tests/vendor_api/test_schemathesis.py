"""Whatever fits the description, and whatever does not: answered, described, and never with a failure."""

import warnings
from contextlib import suppress

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from portal.kernel.house import House
from tests.grants.cast import detail, person
from tests.oauth.cast import bearing, connect, own_token, program
from tests.prove.sizes import size

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import APIOperation, Case, GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = size(test=12, prove=100)


@pytest.fixture
def tokens(app: Flask, house: House) -> dict[str, dict[str, str]]:
    """The headers of a customer's token, of a vendor's own, and of a program's secret."""
    shop = program(house)
    ana = person(house, given_name="Ana", phone="+34600111222")
    both = detail(house, datatypes=("profile.name", "profile.phone", "orders.line.category"), required=())
    return {
        "customer": bearing(connect(app, shop, ana, both)["access_token"]),
        "own": bearing(own_token(app.test_client(), shop)),
        "client": shop.basic,
    }


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["customer", "own", "client"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_operation_fails_whatever_it_is_sent(
    app: Flask, house: House, tokens: dict[str, dict[str, str]], whose: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 12
    for operation in operations:
        _try(operation, tokens[whose], mode)


def _try(operation: APIOperation, headers: dict[str, str], mode: GenerationMode) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def tried(case: Case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    # An operation that takes nothing cannot be sent anything wrong.
    with suppress(Unsatisfiable):
        tried()
