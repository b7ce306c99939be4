"""Where Twilio's API is: https://www.twilio.com/docs/global-infrastructure."""

from __future__ import annotations

import re

BASE_URL = "https://api.twilio.com"
"""The region US1, through the edge nearest to it."""

_LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def base_url(region: str = "", edge: str = "") -> str:
    """The address of a region, such as `ie1`, by the edge, such as `dublin`, to enter it by.

    Without either it is `BASE_URL`. Raises a ValueError where only one is given, since a
    region cannot be reached without naming an edge and an edge alone would still lead to US1,
    and where one is no name.
    """
    if not region and not edge:
        return BASE_URL
    for name, value, other in (("region", region, "edge"), ("edge", edge, "region")):
        if not value:
            raise ValueError(
                f"Twilio's {other} is set, its {name} is not: name both, such as the region ie1 "
                "with the edge dublin, or neither."
            )
        if not _LABEL.fullmatch(value):
            raise ValueError(f"Twilio's {name} is a name such as ie1 or dublin, not an address.")
    return f"https://api.{edge}.{region}.twilio.com"


def resolve(address: str, region: str = "", edge: str = "") -> str:
    """As `base_url`, but `address` where that is another one than Twilio's default.

    Raises a ValueError where a region is given beside it.
    """
    if address.rstrip("/") == BASE_URL:
        return base_url(region, edge)
    if region or edge:
        raise ValueError(
            "Twilio's address and a region or edge are both set: the address is the region's "
            "already, so remove one of the two."
        )
    return address
