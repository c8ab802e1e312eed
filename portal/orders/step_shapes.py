"""What a company may send of an order's steps: each with its name, until when it is promised, and when it was done."""

from pydantic import Field

from portal.orders.fields import Done, Moment, Number, Strict, Words

STEPS = 40
"""Steps one order may have."""


class StepIn(Strict):
    """A step, by the company's own number."""

    number: Number = Field(description="Your own number of the step, one of a kind within the order, kept over updates.")
    name: Words = Field(description="What is done in it, as its customer reads it. Kept sealed.")
    promised_at: Moment | None = Field(
        None, description="Until when you promise it; the day counts to its end. The first promise is never overwritten."
    )
    done_at: Done | None = Field(None, description="When it was done; left out while it is not.")
