from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from assessments.models import MediaFile
from assessments.tests.pictures import MP3, png

pytestmark = pytest.mark.django_db
PNG = png()


def stored(data: bytes, ending: str) -> MediaFile:
    return MediaFile.objects.create(sha256=hashlib.sha256(data).hexdigest(), ending=ending, size=len(data), data=data)


@pytest.mark.parametrize(("data", "ending", "kind"), [(PNG, "png", "image/png"), (MP3, "mp3", "audio/mpeg")])
def test_a_picture_comes_as_what_it_is_and_nothing_else(client: Client, data: bytes, ending: str, kind: str) -> None:
    response = client.get(stored(data, ending).get_absolute_url())
    assert (response.status_code, response.content) == (200, data)
    expected = {
        "Content-Type": kind,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": "inline",
    }
    assert {name: response.headers.get(name) for name in expected} == expected
    assert response.cookies == {}


def test_what_is_unchanged_is_not_sent_again(client: Client) -> None:
    url = stored(PNG, "png").get_absolute_url()
    etag = client.get(url)["ETag"]
    again = client.get(url, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert client.get(url, headers={"if-none-match": '"other"'}).status_code == 200


def test_what_is_not_there_is_not_found(client: Client) -> None:
    name = stored(PNG, "png").name
    wrong = [name.replace("png", "gif"), name.replace("png", "svg"), name[1:], f"{'0' * 64}.png", "x", "..%2Fx"]
    assert [client.get(f"/media/{one}").status_code for one in wrong] == [404] * len(wrong)
    assert client.get(f"/media/{name}").status_code == 200


def test_it_is_only_read(client: Client) -> None:
    url = stored(PNG, "png").get_absolute_url()
    assert [client.post(url).status_code, client.delete(url).status_code] == [405, 405]
    head = client.head(url)
    assert (head.status_code, head.content, head["Content-Type"]) == (200, b"", "image/png")
