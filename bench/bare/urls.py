from __future__ import annotations

import os

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

LINE = "Nothing on this page was looked up or worked out. "
FRAME_BYTES = 170
"""The page without its text, roughly."""


def text_of(length: int) -> str:
    return (LINE * (length // len(LINE) + 1))[:length]


TEXT = text_of(max(0, int(os.environ.get("BARE_BYTES", "4000")) - FRAME_BYTES))


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "bare.html", {"title": "A bare page", "text": TEXT})


urlpatterns = [path("", page)]
