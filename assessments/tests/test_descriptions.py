from __future__ import annotations

from typing import Any

import pytest

from assessments.domain.descriptions import undescribed

NAME = "/media/" + "0" * 64


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ((f'<img src="{NAME}.png" alt="">', {}), 1),
        ((f"![]({NAME}.png)", {"options": [{"text": f"![]({NAME}.png)"}, {"text": f"![A cat]({NAME}.png)"}]}), 2),
        ((f'<img src="{NAME}.png" alt="A cat">', {}), 0),
        ((f'<audio src="{NAME}.mp3" title=""></audio>', {}), 1),
        ((f'<audio src="{NAME}.mp3" title="A bell"></audio>', {}), 0),
        ((f'What does `<img src="{NAME}.png" alt="">` lack?', {}), 0),
        (("No picture!", {"accepted": ["a", 1, None]}), 0),
    ],
)
def test_what_is_shown_without_a_word_is_counted(parts: tuple[Any, ...], count: int) -> None:
    assert undescribed(*parts) == count
