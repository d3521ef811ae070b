from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from interview_project.languages import INVITED_COOKIE, LanguageMiddleware, invite_in, offered

SOME = [("en", "English"), ("de", "Deutsch"), ("pt", "Português"), ("zh-hans", "简体中文")]


@pytest.fixture(autouse=True)
def _four_languages(settings):
    settings.LANGUAGES = SOME


def answer(
    path: str = "/", *, cookies: dict[str, str] | None = None, header: str = "", invites: str = ""
) -> HttpResponse:
    request = RequestFactory().get(path, headers={"Accept-Language": header})
    request.COOKIES.update(cookies or {})

    def page(_: object) -> HttpResponse:
        if invites:
            invite_in(request, invites)
        return HttpResponse(translation.get_language())

    return LanguageMiddleware(page)(request)


@pytest.mark.parametrize(
    ("cookies", "header", "invites", "spoken"),
    [
        ({}, "", "", "en"),
        ({}, "de-AT,de;q=0.9,en;q=0.5", "", "de"),
        ({}, "tlh, pt-BR;q=0.8", "", "pt"),
        ({}, "zh-CN", "", "zh-hans"),
        ({}, "pt", "de", "de"),
        ({}, "pt", "tlh", "pt"),
        ({INVITED_COOKIE: "de"}, "pt", "", "de"),
        ({"parley_language": "pt", INVITED_COOKIE: "de"}, "en", "", "pt"),
        ({"parley_language": "pt"}, "en", "de", "pt"),
        ({"parley_language": "xx<script>"}, "de", "", "de"),
    ],
)
def test_a_choice_comes_before_the_invitation_and_that_before_the_browser(cookies, header, invites, spoken):
    response = answer(cookies=cookies, header=header, invites=invites)
    assert (response.content.decode(), response["Content-Language"]) == (spoken, spoken)
    assert response["Vary"] == "Accept-Language, Cookie"


@pytest.mark.parametrize("path", ["/admin/", "/api/v1/questions", "/docs"])
def test_staff_pages_and_the_api_stay_english(path):
    assert answer(path, cookies={"parley_language": "de"}, header="de").content == b"en"


def test_no_language_stays_behind_for_the_next_request():
    answer(header="de", invites="pt")
    assert translation.get_language() == "en"


@pytest.mark.parametrize(
    ("tag", "language"), [("pt-BR", "pt"), ("zh-Hans", "zh-hans"), ("DE", "de"), ("tlh", ""), ("", "")]
)
def test_a_tag_finds_the_language_that_serves_it(tag, language):
    assert offered(tag) == language
