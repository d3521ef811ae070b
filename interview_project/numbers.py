from __future__ import annotations

from decimal import Decimal


def plain(number: Decimal) -> str:
    """Without trailing zeros or an exponent: 2.50 as "2.5", 100.00 as "100"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
