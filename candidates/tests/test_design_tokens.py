"""Every pair of colours that is put on each other can be told apart, in light and in dark (WCAG 2.2: 1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
TOKEN = re.compile(r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
FACES = {"light": 0, "dark": 1}

GROUNDS = ("paper", "surface", "sunken")
STATUSES = ("success", "warning", "danger", "info")
TEXT = 4.5
CONTROL = 3.0
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-soft", "accent", "accent-strong") for ground in GROUNDS],
    *[(ink, "accent-tint", TEXT) for ink in ("ink", "ink-soft", "accent", "accent-strong")],
    *[("accent-ink", ground, TEXT) for ground in ("accent", "accent-strong", "danger")],
    *[(status, ground, TEXT) for status in STATUSES for ground in ("paper", "surface", f"{status}-tint")],
    *[("ink", f"{status}-tint", TEXT) for status in STATUSES],
    *[("ink-soft", f"{status}-tint", TEXT) for status in STATUSES],
    *[(f"{status}-line", ground, CONTROL) for status in STATUSES for ground in ("paper", "surface", f"{status}-tint")],
    *[("line-strong", ground, CONTROL) for ground in GROUNDS],
    *[("focus", ground, CONTROL) for ground in (*GROUNDS, "accent-tint", *(f"{status}-tint" for status in STATUSES))],
    *[("accent", ground, CONTROL) for ground in (*GROUNDS, "accent-tint")],
]


def colours() -> dict[str, tuple[str, str]]:
    return {name: (light, dark) for name, light, dark in TOKEN.findall((CSS / "tokens.css").read_text())}


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("face", FACES)
def test_every_pair_can_be_told_apart(face):
    tokens = colours()
    found = {
        f"{front} on {back}": round(contrast(tokens[front][FACES[face]], tokens[back][FACES[face]]), 2)
        for front, back, _ in PAIRS
    }
    wanted = {f"{front} on {back}": least for front, back, least in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < wanted[pair]} == {}


def test_every_colour_is_part_of_a_pair():
    paired = {name for front, back, _ in PAIRS for name in (front, back)}
    assert colours().keys() - paired == {"line"}  # decoration: no control or text depends on seeing it


def test_no_style_sheet_names_a_colour_of_its_own():
    """A colour outside tokens.css has no dark face and no computed contrast."""
    for sheet in CSS.glob("*.css"):
        if sheet.name != "tokens.css":
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", sheet.read_text()) == [], sheet.name


def test_every_property_that_is_used_is_declared():
    declared = set(re.findall(r"(--[a-z0-9-]+):", "".join(sheet.read_text() for sheet in CSS.glob("*.css"))))
    for sheet in CSS.glob("*.css"):
        assert set(re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text())) - declared == set(), sheet.name
