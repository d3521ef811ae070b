"""Production's settings, with another set of pages."""

from pathlib import Path

from interview_project.settings import *  # noqa: F403 - that is what it is for
from interview_project.settings import TEMPLATES

ROOT_URLCONF = "bench.bare.urls"
TEMPLATES = [{**TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}]
