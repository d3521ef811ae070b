"""Options below a question: boxes with a cross in those that are right, or letters, with the right ones named after them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import unescape

from assessments.formats import keyed
from assessments.formats.base import short
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.formats.markdown.blocks import Line, dedented
from assessments.formats.media import PREFIX
from assessments.formats.pictures import short_name
from assessments.formats.plain_text import with_spoken_tags_in_markdown

BOX = re.compile(r" {0,3}[-*+]\s+\[([ xX])\](?:\s+(.*))?")
LETTERED = re.compile(r" {0,3}(?:[-*+]\s+)?(?:\*\*)?\(?([A-Ja-j])(?:\)|\.|:)(?:\*\*)?\s+(\S.*)")
NAMED = re.compile(
    r"(?:[#*>\s]|<\w+>)*[^:\n]{0,40}:\s*\**\s*([A-J](?:\s*(?:,|and|&|und|et|y)\s*[A-J])*)\s*[.)]?\**\s*", re.IGNORECASE
)
SAID = re.compile(
    r"(?:correct|right)\s+(?:answer|option)\s+(?:is|:)\s*\**\(?([A-Ja-j])(?:[).:*]|\b(?!\s+\w))", re.IGNORECASE
)
PICTURE = re.compile(
    r"!\[[^\]]{0,300}\]\(\s*<?([^)\s>]{1,300})|<img\b[^<>]{0,400}?\bsrc\s*=\s*[\"']?([^\"'\s>]{1,300})", re.IGNORECASE
)
SAYING_NOTHING = " \t\u00a0\u00ad\u200b`.:)"
MAX_OPTIONS = 100


@dataclass
class Option:
    mark: str
    first: str
    rest: list[Line] = field(default_factory=list)

    @property
    def has_code(self) -> bool:
        return any(line.is_code for line in self.rest)

    def text(self, place: int) -> str:
        """What only announces the code below it says nothing: the option's letter, a colon, a hyphen nobody sees."""
        below = dedented(self.rest)
        announced = unescape(self.first).strip(SAYING_NOTHING).upper()
        if below and announced in ("", chr(65 + place)):
            return below
        return f"{self.first}\n{below}".strip() if below else self.first.strip()


@dataclass(frozen=True)
class Cut:
    """A question's body: what comes before the options, the options, what comes after them."""

    before: list[Line]
    options: list[Option]
    after: list[Line]
    is_boxed: bool


def cut(body: Sequence[Line], *, may_be_lettered: bool = True) -> Cut | None:
    """``None`` where there are no options."""
    if any(not line.is_code and BOX.fullmatch(line.text) for line in body):
        return _cut(body, is_boxed=True)
    found = _cut(body, is_boxed=False) if may_be_lettered else None
    return found if found and len(found.options) > 1 else None


def _cut(body: Sequence[Line], *, is_boxed: bool) -> Cut:
    before: list[Line] = []
    options: list[Option] = []
    following = -1
    for place, line in enumerate(body):
        if begun := _option(line, len(options), is_boxed=is_boxed):
            options.append(begun)
            continue
        if following < place and options and not is_boxed:
            following = _following(body, place, len(options))
        if not options:
            before.append(line)
        elif is_boxed or following < len(body) or _is_below(line):
            options[-1].rest.append(line)
        else:
            return Cut(before, options, list(body[place:]), is_boxed)
    after = _after_last(options) if options else []
    return Cut(before, options, after, is_boxed)


def _option(line: Line, count: int, *, is_boxed: bool) -> Option | None:
    if line.is_code:
        return None
    if is_boxed:
        match = BOX.fullmatch(line.text)
        return Option(match[1].lower(), (match[2] or "").strip()) if match else None
    match = LETTERED.fullmatch(line.text)
    return Option(match[1].upper(), match[2].strip()) if match and ord(match[1].upper()) - 65 == count else None


def _following(body: Sequence[Line], place: int, count: int) -> int:
    """Where the next letter stands; beyond the end where there is none. What is before it belongs to the last option."""
    return next((n for n in range(place, len(body)) if _option(body[n], count, is_boxed=False)), len(body))


def _is_below(line: Line) -> bool:
    return line.is_blank or line.text[:1] in (" ", "\t")


def _after_last(options: list[Option]) -> list[Line]:
    """What follows the last option belongs to it where it is indented, or is its code as the others have theirs."""
    last = options[-1]
    takes_code = len(options) > 1 and all(option.has_code for option in options[:-1])
    kept = 0
    for place, line in enumerate(last.rest):
        if line.is_blank:
            continue
        if line.text[:1] in (" ", "\t") or (line.is_code and takes_code):
            kept = place + 1
        else:
            break
    last.rest, after = last.rest[:kept], last.rest[kept:]
    return after


# ---- The key ----


def draft_of(found: Cut, whole: Sequence[Line]) -> tuple[Draft, list[Line]]:
    """The draft, and what is left for the explanation. Raises :class:`CannotTake`."""
    require_no_picture(
        [line for option in found.options for line in option.rest], *(one.first for one in found.options)
    )
    if len(found.options) > MAX_OPTIONS:
        raise CannotTake(f"There are {len(found.options)} options, and {MAX_OPTIONS} are the most.")
    texts = [with_spoken_tags_in_markdown(option.text(place)) for place, option in enumerate(found.options)]
    if not all(texts):
        raise CannotTake("An option has no text.")
    right, after = _right(found)
    if not right:
        raise CannotTake("There are options, and none is marked as the right one.")
    draft = keyed.choice(
        [Shared(text, _share(place in right, len(right), len(texts))) for place, text in enumerate(texts)],
        is_single=len(right) == 1,
    )
    _require_different(texts)
    return keyed.true_or_false(draft), after


def _share(is_right: bool, right: int, count: int) -> Fraction:
    """Of several right ones, so that who chooses every option earns nothing."""
    if is_right:
        return Fraction(1, right)
    return Fraction(0 if right == 1 else -1, count - right)


def _right(found: Cut) -> tuple[list[int], list[Line]]:
    if found.is_boxed:
        return [place for place, option in enumerate(found.options) if option.mark == "x"], found.after
    for place, line in enumerate(found.after):
        if line.is_code:
            continue
        if match := NAMED.fullmatch(line.text):
            return _places(match[1], len(found.options)), [*found.after[:place], *found.after[place + 1 :]]
        if match := SAID.search(line.text):
            return _places(match[1], len(found.options)), found.after
    return [], found.after


def _places(letters: str, count: int) -> list[int]:
    places = sorted({ord(letter) - 65 for letter in re.findall(r"\b[A-J]\b", letters.upper())})
    if places and places[-1] >= count:
        raise CannotTake(f"The answer {short(letters, 20)} is the letter of none of the options.")
    return places


def _require_different(texts: Sequence[str]) -> None:
    seen = Counter(" ".join(text.split()) for text in texts)
    if twice := next((text for text, count in seen.items() if count > 1), ""):
        raise CannotTake(f'Two options say the same: "{short(twice, 60)}".')


def require_no_picture(lines: Sequence[Line], *texts: str) -> None:
    """A candidate who does not see it cannot answer. Raises :class:`CannotTake`."""
    for text in (*texts, *(line.text for line in lines if not line.is_code)):
        if (match := PICTURE.search(re.sub(r"`[^`]*`", "", text))) and not (match[1] or match[2]).startswith(
            ("data:", PREFIX)
        ):
            raise CannotTake(
                f"It shows {short_name(match[1] or match[2])}, which is missing: the file does not hold it."
            )
