"""The table in SECURITY.md has each requirement of the level once, its counts are right, and the tests it names are there.

Here are also the small promises of the table that no other file looks after.
"""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "SECURITY.md").read_text()
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
NAMED = re.compile(r"`([\w/]+/test_\w+\.py)(?:::(\w+))?`")
CODE = [
    path
    for app in ("assessments", "candidates", "interview_project", "docker")
    for path in (ROOT / app).rglob("*.py")
    if not {"tests", "testing", "migrations"} & set(path.parts)
]

# How many requirements of the first level each section has, in their order.
LEVEL_1 = {
    "1.2": "1 2 3 4 5", "1.3": "1 2", "1.5": "1", "2.1": "1", "2.2": "1 2", "2.3": "1", "3.2": "1 2", "3.3": "1",
    "3.4": "1 2", "3.5": "1 2 3", "4.1": "1", "4.4": "1", "5.2": "1 2", "5.3": "1 2", "6.1": "1",
    "6.2": "1 2 3 4 5 6 7 8", "6.3": "1 2", "6.4": "1 2", "7.2": "1 2 3 4", "7.4": "1 2", "8.1": "1", "8.2": "1 2",
    "8.3": "1", "9.1": "1 2 3", "9.2": "1", "10.4": "1 2 3 4 5", "11.3": "1 2", "11.4": "1", "12.1": "1",
    "12.2": "1 2", "13.4": "1", "14.2": "1", "14.3": "1", "15.1": "1", "15.2": "1", "15.3": "1",
}  # fmt: skip


def test_each_requirement_has_its_line():
    wanted = [f"{section}.{number}" for section, numbers in LEVEL_1.items() for number in numbers.split()]
    assert len(wanted) == 70
    assert [number for number, *_ in ROWS] == wanted


def test_the_counts_are_those_of_the_lines():
    counts = Counter(verdict for _, _, verdict, _ in ROWS)
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("met", "partly", "not met", "yours"))
    words += f", {counts['none']} about what Parley does not have"
    assert words in PAGE
    assert set(counts) == {"met", "partly", "not met", "yours", "none"}


def test_every_test_that_security_names_is_there():
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(PAGE)
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]
    assert missing == []
    assert len(NAMED.findall(PAGE)) > 70


# ---- Small promises ----


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/v1/questions", "/docs", "/admin/login/", "/not-there"])
def test_no_other_origin_is_let_in(client, path):
    for method in (client.get, client.options):
        answer = method(path, headers={"Origin": "https://elsewhere.example.org"})
        assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/admin/login/", "/not-there", "/healthz", "/metrics", "/api/v1/openapi.json", "/api/v1/questions"],
)
def test_every_text_says_its_letters(client, path):
    kind = client.get(path)["Content-Type"]
    assert kind.startswith("application/json") or re.fullmatch(r"text/(html|plain)(; [\w.=]+)*; charset=utf-8", kind)


def calls(path):
    """(name called, its keyword arguments) of each call in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {one.arg: ast.unparse(one.value) for one in node.keywords}


def code_from_text(path):
    made = {"eval", "exec", "compile", "os.system", "os.popen", "pickle.load", "marshal.loads", "yaml.load"}
    return [name for name, more in calls(path) if name in made or more.get("shell") == "True"]


def broken_hashes(path):
    weak = {"hashlib.md5", "hashlib.sha1", "md5", "sha1"}
    return [name for name, more in calls(path) if name in weak or more.get("algorithm") in {"'md5'", "'sha1'"}]


def test_no_code_of_ours_is_made_of_text():
    assert {path: found for path in CODE if (found := code_from_text(path))} == {}


def test_no_broken_hash_is_used():
    assert {path: found for path in CODE if (found := broken_hashes(path))} == {}


def test_these_nets_would_catch_one(tmp_path):
    (file := tmp_path / "bad.py").write_text(
        "eval(x)\nrun(y, shell=True)\nhashlib.md5(z)\nsalted_hmac(a, b, algorithm='sha1')\n"
    )
    assert (code_from_text(file), broken_hashes(file)) == (["eval", "run"], ["hashlib.md5", "salted_hmac"])
