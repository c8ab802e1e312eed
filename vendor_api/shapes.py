"""Shapes that several resources share."""

from typing import Annotated

from pydantic import Field, StringConstraints

Purpose = Annotated[
    str,
    StringConstraints(pattern=r"^https://[!-~]+$", max_length=120),
    Field(description="A purpose of the Data Privacy Vocabulary", examples=["https://w3id.org/dpv#DeliveryOfGoods"]),
]
Cursor = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,1024}$"),
    Field(description="The next cursor of the answer before; its other parameters are in it"),
]
