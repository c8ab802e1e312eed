"""``POST /api/v1/orders`` and ``PUT /api/v1/orders/{number}``: a company tells its orders, many or one.

What a call would do is answered by ``dry_run=true``, and nothing of it is done. An order that somebody else may have
changed meanwhile is told with its ETag, and is left alone where it has another one by now.
"""

from collections.abc import Sequence
from typing import Any, Literal, cast

from flask import Response, request
from pydantic import Field, RootModel

from portal.audit.doors import do, in_turn, reading, writing
from portal.kernel.errors import BadRequest, Invalid, NotFound, PreconditionFailed
from portal.kernel.etags import is_list
from portal.kernel.turns import BULK
from portal.kernel.unit import Unit
from portal.oauth.scopes import ORDERS_WRITE
from portal.oauth.tokens import TokenView
from portal.orders.service import REFUSED, UNMET, Result, foresee_all, put_all
from portal.orders.shapes import OrderIn, OrderOfMany, Refusal, parse
from portal.orders.shared import own_tags
from vendor_api.auth import own_token
from vendor_api.idempotency import Run, begin
from vendor_api.incoming import Shape, read_body, read_query
from vendor_api.operations import OWN, operation
from vendor_api.order_shapes import OrderPut, OrderResults, OrdersIn
from vendor_api.outgoing import encoded

MOST_BYTES = 4 * 1024 * 1024
MOST_BYTES_OF_ONE = 256 * 1024
_CONDITIONS = {"If-Match": "if_match", "If-None-Match": "if_none_match"}


class PutQuery(Shape):
    """Whether it is meant. Nothing but these two words is taken: a slip must not become a write."""

    dry_run: Literal["true", "false"] = Field("false", description="`true`: answers what would be done, and does nothing.")


@operation(
    name="put_orders",
    method="POST",
    path="/api/v1/orders",
    summary="Tell orders, new or changed, by your own order and customer numbers.",
    tag="orders",
    token=OWN,
    scope=ORDERS_WRITE,
    query=PutQuery,
    body=OrdersIn,
    answers={200: OrderResults},
    optional_headers={
        "Idempotency-Key": "1 to 255 printable characters; the same request sent again goes on where it stopped."
        " Left out with dry_run=true alone"
    },
    problems=(400, 401, 403, 409, 413, 415, 422, 503),
)
@do("orders:write")
def put() -> Response:
    """Takes orders in, fifty to a commit; the key keeps the results of each fifty with it."""
    token, is_meant = own_token(), read_query(PutQuery).dry_run == "false"
    if any(name in request.headers for name in _CONDITIONS):
        raise BadRequest("condition-in-header", "Say if_match in the orders that it is for: there are several of them here.")
    sent = read_body(OrdersIn, most_bytes=MOST_BYTES).orders
    if not is_meant:
        return _foreseen(token, sent)
    run = begin("orders")
    if run.finished:
        return run.response()

    def keep(unit: Unit, results: Sequence[Result]) -> None:
        run.advance(unit, [result.as_json() for result in results])
        if run.done == len(sent):
            run.keep(unit, 200, _answer(run))

    with in_turn(BULK), run:
        batches = put_all(
            reading,
            writing,
            vendor_id=token.vendor_id,
            orders=sent[run.done :],
            before=[result["number"] for result in run.results if result["outcome"] != REFUSED],
            test=token.test,
            note=keep,
        )
        for _ in batches:
            pass
        return run.finish(200, _answer(run))


def _answer(run: Run) -> bytes:
    return encoded({"results": run.results})


def _foreseen(token: TokenView, sent: Sequence[Any]) -> Response:
    with reading() as unit:
        results = foresee_all(unit, vendor_id=token.vendor_id, orders=sent)
    answer = {"results": [result.as_json() for result in results], "dry_run": True}
    return Response(encoded(answer), content_type="application/json")


class _Body(RootModel[dict[str, Any]]):
    """Read as it is: an order is refused with the same reasons, alone or among others."""


@operation(
    name="put_order",
    method="PUT",
    path="/api/v1/orders/<path:number>",
    summary="Tell one order, new or changed, where it is still as you saw it last.",
    tag="orders",
    token=OWN,
    scope=ORDERS_WRITE,
    body=OrderIn,
    answers={200: OrderPut, 201: OrderPut},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again is answered alike"},
    optional_headers={
        "If-Match": "The ETag that the order had when you read it: 412 where it has another one by now",
        "If-None-Match": "`*`: 412 where there is such an order already",
    },
    problems=(400, 401, 403, 404, 409, 412, 413, 415, 422, 503),
)
@do("orders:write")
def put_one(number: str) -> Response:
    """Takes in one order, if what the headers say of it is so at that moment."""
    token, conditions = own_token(), _conditions()
    sent = read_body(_Body, most_bytes=MOST_BYTES_OF_ONE).root
    if len(number) > 64:
        raise NotFound
    _check(sent, number)
    run = begin("order", of="\0".join((number, *(f"{name}={value}" for name, value in conditions.items()))))
    if run.finished:
        return run.response()
    with run:
        if not run.done:
            _put_one(run, token, {**sent, **conditions})
        made: dict[str, Any] = run.results[0]
        return run.finish(201 if made["outcome"] == "created" else 200, encoded(made))


def _conditions() -> dict[str, str]:
    found = {member: request.headers[name] for name, member in _CONDITIONS.items() if name in request.headers}
    wrong = [name for name, member in _CONDITIONS.items() if member in found and not is_list(found[member])]
    if wrong or any(len(value) > 1000 for value in found.values()):
        raise BadRequest("bad-etag", "Send ETags as you were given them, in their quotation marks, or *.")
    return found


def _check(sent: dict[str, Any], number: str) -> None:
    order = parse(sent, OrderIn)
    if isinstance(order, Refusal):
        raise _invalid(order)
    if order.number != number:
        said = "Send the number that stands in the address."
        raise Invalid("number-differs", said, fields={"number": "not the one in the address"})


def _put_one(run: Run, token: TokenView, order: dict[str, Any]) -> None:
    def keep(unit: Unit, results: Sequence[Result]) -> None:
        [result] = results
        if result.refusal is None:
            tag = own_tags(unit, token.vendor_id, [order["number"]]).get(order["number"])
            run.advance(unit, [{**result.as_json(), **({} if tag is None else {"etag": tag})}])

    batches = put_all(reading, writing, vendor_id=token.vendor_id, orders=[order], test=token.test, note=keep)
    [[result]] = batches
    if result.refusal is not None:
        raise _refused(result.refusal)


def _refused(refusal: Refusal) -> Exception:
    if refusal.reason in UNMET:
        return PreconditionFailed(refusal.reason, refusal.detail)
    return _invalid(refusal)


def _invalid(refusal: Refusal) -> Invalid:
    fields = {refusal.field: cast(str, refusal.detail)} if refusal.field else {}
    return Invalid(refusal.reason, refusal.detail, fields=fields)


# Documented beside the resource: the shape of each order in the body.
SCHEMAS = (OrderOfMany,)
