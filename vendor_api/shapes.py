"""Shapes that several resources share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from portal.vendors.purposes import normal

Purpose = Annotated[
    str,
    StringConstraints(pattern=r"^(https://|dpv[#:])[!-~]+$", max_length=120),
    AfterValidator(normal),
    Field(description="A purpose of the Data Privacy Vocabulary, whole or as dpv#…", examples=["https://w3id.org/dpv#DeliveryOfGoods"]),
]
Cursor = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,1024}$"),
    Field(description="The next cursor of the answer before; its other parameters are in it"),
]


class FileTold(BaseModel):
    """A file, as the thing that it went with says it."""

    id: str
    name: str
    type: str
    size: int
