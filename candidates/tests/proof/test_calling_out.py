"""Whom the server calls: whoever its settings name, and nobody that a file, a page or an answer leads it to.

Which modules can call anybody at all is a rule of ``test_architecture``; here is whom they call.
"""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from assessments import formats, gemini
from assessments.domain.markup import plain, render
from assessments.formats.base import FileUnreadable, FileUnwritable, ParsedQuestion
from assessments.gemini import errors, wire
from assessments.tests import fake_gemini as fake
from assessments.tests.test_gemini import prompt
from candidates.tests.proof.hostile import planted
from candidates.tests.proof.test_hostile_text import pages, say_something_everywhere
from candidates.tests.proof.world import World
from interview_project.testing.calls import Calls, watched

OF_THIS_MACHINE = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "localhost", "LOCALHOST", "a.localhost", "[::1]", "[0:0:0:0:0:0:0:1]",
]  # fmt: skip
"""Plainly so; plain http is allowed to these."""
OTHERS = [
    "127.1", "127.0.1", "0.0.0.0", "0", "[::]", "2130706433", "017700000001", "0x7f000001", "0177.0.0.1", "0x7f.1",
    "127\u30020\u30020\u30021", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "localhost.", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "[fd00::1]", "[fe80::1]",
    "169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "metadata.google.internal", "rebound.example",
    "localhost@rebound.example", "127.0.0.1.rebound.example", "localhost.rebound.example",
]  # fmt: skip
"""Loopback and private networks as they are written to slip through; the addresses at which clouds hand out keys; and
names that resolve to this machine on the second look."""
MAPPED = "[::ffff:127.0.0.1]"
ADDRESSES = [*OF_THIS_MACHINE, MAPPED, *OTHERS]


@pytest.fixture
def calls() -> Iterator[Calls]:
    with watched() as found:
        found.resolved = {"rebound.example": ["203.0.113.7", "127.0.0.1"]}
        yield found


def leading_to(url: str) -> list[str]:
    """The ways in which a text could have something fetched."""
    return [
        f"![a]({url}/a.png)",
        f'<img src="{url}/a.png" srcset="{url}/b.png 2x"><audio src="{url}/a.mp3"></audio>',
        f"<script src={url}/a.js></script><link rel=stylesheet href={url}/a.css><iframe src={url}></iframe>",
        f"[a]({url}/) <{url}/> {url}/ $$\\href{{{url}}}{{x}}$$",
        f"![a](file:///etc/passwd) ![b]({url.replace('http', 'ftp')}/a.png) ![c](//{url.partition('//')[2]}/a.png)",
    ]


def questions(port: int) -> list[ParsedQuestion]:
    found = []
    for address in ADDRESSES:
        texts = leading_to(f"http://{address}:{port}")
        options = [{"id": name, "text": text} for name, text in zip("abcde", texts, strict=True)]
        stem = "\n\n".join(texts)
        found.append(
            ParsedQuestion(
                "", "single_choice", stem, {"options": options}, {"option": "a"}, explanation=stem, points=Decimal(1)
            )
        )
    return found


def test_there_are_thirty_addresses():
    assert len(set(ADDRESSES)) >= 30


def test_nothing_is_fetched_for_a_text_that_is_read_or_shown(calls):
    """By every format that can be written, so that its files can be made here; what only reads is confined in its own process."""
    some, read = questions(calls.listener.port), dict[str, int]()
    for format_ in (one for one in formats.all_formats().values() if one.can_write):
        with suppress(FileUnwritable, FileUnreadable):  # some have no room for such texts
            data = format_.write(some)
            back = format_.read_beside(data, lambda _: None).questions
            read[format_.name] = len(back)
            for question in back:
                render(question.stem), plain(question.stem), render(question.explanation)
    assert sum(count >= 30 for count in read.values()) >= 5, read
    assert (calls.made, calls.looked_up, calls.listener.heard) == ([], [], [])


def test_a_fetch_would_be_seen(calls):
    """Guard: each address that a library understands at all is noted, and this machine is reached."""
    seen = []
    for address in ADDRESSES:
        before = calls.count
        with suppress(OSError, ValueError):
            urllib.request.urlopen(f"http://{address}:{calls.listener.port}/", timeout=0.5)
        seen.append(calls.count > before)
    assert sum(seen) >= 30
    assert len(calls.listener.heard) >= 4


# ---- Gemini ----


def refusal(**facts: Any) -> type[Exception]:
    try:
        gemini.ask(prompt(**facts))
    except errors.GeminiFailed as failed:
        return type(failed)
    raise AssertionError("It was answered.")


def test_plain_http_goes_to_this_machine_alone_however_another_is_written(calls):
    told = {}
    urls = [f"http://{one}:{calls.listener.port}" for one in OTHERS] + ["http://localhost:80@rebound.example/"]
    for url in urls:
        with fake.configured(url):
            told[url] = refusal(seconds=0.5)
    assert told == dict.fromkeys(urls, errors.EndpointRefused)
    assert calls.count == 0


@pytest.mark.parametrize("sdk", list(gemini.ADAPTERS))
def test_no_redirect_leads_anywhere(sdk):
    """Every address, with each kind of redirect in turn: Gemini itself is called, and nobody else."""
    with fake.answering(GEMINI_SDK=sdk) as server:
        port = int(server.url.rpartition(":")[2])
        with watched(port) as calls:
            told = []
            for address, kind in zip(ADDRESSES, cycle((301, 302, 303, 307, 308)), strict=False):
                location = f"http://{address}:{calls.listener.port}/latest".encode().decode("latin-1")
                server.script = [fake.status(kind, headers={"Location": location})]
                gemini.breaker.reset()
                told.append(refusal())
        assert told == [errors.Redirected] * len(ADDRESSES)
        assert {address[1] for address in calls.made} == {port}
        assert calls.listener.heard == []


@pytest.fixture
def impostor(tmp_path: Path) -> ssl.SSLContext:
    """Of whoever answers for a name: a certificate in that name that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rebound.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("rebound.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(made.public_bytes(Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    return context


@pytest.mark.parametrize(("is_verified", "gets_the_key"), [(True, False), (False, True)])
def test_a_name_that_was_rebound_gets_no_key(calls, impostor, monkeypatch, is_verified, gets_the_key):
    """It is this machine on the second look, and answers; without a certificate it hears nothing. Guard: unverified, it does."""
    calls.listener.tls = impostor
    if not is_verified:
        monkeypatch.setattr(wire, "_tls", ssl._create_unverified_context)
    with fake.configured(f"https://rebound.example:{calls.listener.port}"):
        for _ in range(2):
            gemini.breaker.reset()
            refusal(seconds=2)
    assert set(calls.looked_up) == {"rebound.example"}
    assert [address[0] for address in calls.made][:2] == ["203.0.113.7", "127.0.0.1"]
    assert any(fake.KEY.encode() in heard for heard in calls.listener.heard) is gets_the_key


# ---- Pages ----


@pytest.mark.nightly
@pytest.mark.django_db
def test_no_page_calls_anybody_for_what_somebody_wrote(world: World, calls: Calls):
    """Every column that takes words holds an address; every page is asked for."""
    say_something_everywhere()
    texts = [text for one in ADDRESSES for text in leading_to(f"http://{one}:{calls.listener.port}")]
    assert sum(planted(cycle(texts)).values()) > 100
    answered = [name for name, answer in pages(world) if answer.status_code == 200]
    assert len(answered) > 100
    assert (calls.made, calls.looked_up, calls.listener.heard) == ([], [], [])
