"""Numbers as people type them: ``3.5``, ``3,5 s``, ``1 000``, ``1,234.5``, ``-2e3``, ``2*10^3``, ``2^32``, ``1/3``.

Which of two separators is the decimal one is decided so: with both, the last is; one that is there twice groups
digits; a lone dot is a decimal point. A lone comma before exactly three digits (``1,234``) means a thousand to some
and a decimal fraction to others: both readings are kept, and scoring takes the better one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

MAX_LENGTH = 100

SPELLINGS = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{SMALL HYPHEN-MINUS}": "-",
        "\N{FULLWIDTH HYPHEN-MINUS}": "-",
        "\N{FULLWIDTH PLUS SIGN}": "+",
        "\N{FULLWIDTH FULL STOP}": ".",
        "\N{FULLWIDTH COMMA}": ",",
        "\N{ARABIC DECIMAL SEPARATOR}": ".",
        "\N{ARABIC THOUSANDS SEPARATOR}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")

# An exponent has at most three digits: 10**999 is a number, 10**999999999 is an afternoon.
POWER = r"(?:(?:\^|\*\*)\ ?(?P<{0}>[+-]?[0-9]{{1,3}})(?![0-9])|(?P<{0}_raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}))"
QUANTITY = re.compile(
    rf"""
    (?P<sign>[+-]?)\ ?
    (?: (?P<numerator>[0-9]{{1,30}})\ ?/\ ?(?P<denominator>[0-9]{{1,30}})(?![0-9.,])
      | (?P<base>[0-9]{{1,9}})\ ?{POWER.format("power")}(?![0-9.,])
      | (?P<mantissa>[0-9][0-9.,'_\ ]*|[.,][0-9]+)
        (?: [eE](?P<e>[+-]?[0-9]{{1,3}})(?![0-9]) | \ ?[x\u00d7*·]\ ?10\ ?{POWER.format("ten")} )?
    )
    \ ?(?P<unit>.*)
    """,
    re.VERBOSE,
)
GROUPED_BY_OTHERS = r"[0-9]{1,3}(?:[ '_][0-9]{3})+"
DOT_IS_DECIMAL = re.compile(
    rf"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:,[0-9]{{2,3}})*,[0-9]{{3}}|{GROUPED_BY_OTHERS})?(\.[0-9]*)?"
)
COMMA_IS_DECIMAL = re.compile(rf"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+|{GROUPED_BY_OTHERS})?(,[0-9]*)?")


@dataclass(frozen=True)
class Quantity:
    readings: tuple[Fraction, ...]
    """What the number may mean: one reading, or two where a comma leaves it open."""
    unit: str
    """What follows the number; empty for a bare one."""


def read_quantity(text: str) -> Quantity | None:
    """The number and unit a text begins with, or ``None`` where it is no number."""
    match = QUANTITY.fullmatch(tidied(text)) if len(text) <= MAX_LENGTH else None
    if match is None:
        return None
    sign = -1 if match["sign"] == "-" else 1
    readings = tuple(sign * reading for reading in _readings(match))
    return Quantity(readings, match["unit"].strip()) if readings else None


def unit_name(text: str) -> str:
    """One spelling of a unit: NFKC (two characters are called µ), no blanks. Case matters: mW is not MW."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def tidied(text: str) -> str:
    """Digits of all scripts as 0 to 9, one minus sign, single blanks."""
    digits = (str(unicodedata.decimal(character, character)) for character in text.translate(SPELLINGS))
    return " ".join("".join(digits).split())


def _readings(match: re.Match[str]) -> list[Fraction]:
    if match["numerator"]:
        denominator = int(match["denominator"])
        return [Fraction(int(match["numerator"]), denominator)] if denominator else []
    if match["base"]:
        return _power(int(match["base"]), _exponent(match, "power"))
    ten = _power(10, int(match["e"]) if match["e"] else _exponent(match, "ten"))
    return [Fraction(decimal) * ten[0] for decimal in _decimals(match["mantissa"].strip())]


def _exponent(match: re.Match[str], group: str) -> int:
    return int(match[group] or (match[f"{group}_raised"] or "0").translate(SUPERSCRIPTS))


def _power(base: int, exponent: int) -> list[Fraction]:
    return [] if base == 0 and exponent < 0 else [Fraction(base) ** exponent]


def _decimals(mantissa: str) -> list[str]:
    """The mantissa in the notation of ``Fraction``, once for each way to read its separators."""
    found = []
    if DOT_IS_DECIMAL.fullmatch(mantissa):
        found.append(re.sub("[,'_ ]", "", mantissa))
    if COMMA_IS_DECIMAL.fullmatch(mantissa) and ("," in mantissa or not found):
        found.append(re.sub("[.'_ ]", "", mantissa).replace(",", "."))
    return [decimal.removesuffix(".") for decimal in found]
