from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, transaction

from assessments.domain import media
from assessments.formats.base import ParsedQuestion
from assessments.formats.media import MAX_SOUND, TYPES, MediaRefused, name_of
from assessments.models import MediaFile
from assessments.models.media import ENDINGS, MAX_SIZE
from assessments.tests.pictures import GIF, png

pytestmark = pytest.mark.django_db
PNG = png()


def question(*shown: bytes, **fields: object) -> ParsedQuestion:
    stem = " ".join(f'<img src="/media/{name_of(data)}" alt="x">' for data in shown)
    brought = {name_of(data): data for data in shown}
    return ParsedQuestion(where="", type="long_text", stem=stem, content={}, key={}, **({"media": brought} | fields))  # type: ignore[arg-type]


def test_a_picture_in_many_questions_is_stored_once() -> None:
    assert media.store([question(PNG), question(PNG, GIF), question()]) == 2
    assert media.store([question(PNG, GIF)]) == 0
    assert {bytes(one.data) for one in MediaFile.objects.all()} == {PNG, GIF}


def test_what_no_text_shows_is_not_stored() -> None:
    assert media.store([question(media={name_of(PNG): PNG})]) == 0
    assert not MediaFile.objects.exists()


def test_bytes_under_a_name_that_is_not_theirs_are_refused() -> None:
    with pytest.raises(MediaRefused, match="its bytes are not those of"):
        media.store([question(PNG, media={name_of(PNG): GIF})])
    with pytest.raises(MediaRefused, match="only PNG"):
        media.store([question(PNG, media={name_of(PNG): b"<script>"})])


def test_what_neither_a_question_brings_nor_the_server_has_is_missing() -> None:
    alone = question(PNG, GIF, media={})
    media.store([question(GIF)])
    assert media.missing_from([alone]) == {name_of(PNG)}
    assert media.missing_from([alone, question(PNG)]) == frozenset()
    media.store([question(PNG)])
    assert media.missing_from([alone]) == frozenset()


def test_an_export_reads_what_it_is_asked_for() -> None:
    media.store([question(PNG)])
    stored = media.StoredMedia([name_of(PNG), name_of(GIF)])
    assert (list(stored), len(stored), stored[name_of(PNG)]) == ([name_of(PNG)], 1, PNG)
    with pytest.raises(KeyError):
        stored[name_of(GIF)]
    with pytest.raises(KeyError):
        media.StoredMedia([])[name_of(PNG)]


@pytest.mark.parametrize(
    "wrong",
    [{"sha256": "A" * 64}, {"sha256": "../etc"}, {"ending": "svg"}, {"size": 0}, {"size": MAX_SIZE + 1}],
    ids=["capitals", "path", "kind", "empty", "large"],
)
def test_the_database_refuses_what_is_no_media_file(wrong: dict[str, object]) -> None:
    fields = {"sha256": hashlib.sha256(PNG).hexdigest(), "ending": "png", "size": len(PNG), "data": PNG}
    with pytest.raises(IntegrityError), transaction.atomic():
        MediaFile.objects.create(**fields | wrong)
    MediaFile.objects.create(**fields)


def test_the_database_takes_what_the_formats_check() -> None:
    assert (set(ENDINGS), MAX_SIZE) == (set(TYPES), MAX_SOUND)
