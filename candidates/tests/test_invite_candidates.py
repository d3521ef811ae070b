"""Inviting a file of people from the command line."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Assessment
from assessments.tests.making import make_assessment
from candidates.domain import invitations
from candidates.domain.links import invitation_link
from candidates.domain.tokens import token_of
from candidates.enums import MailKind
from candidates.models import Candidate, Invitation, InvitationMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment() -> Assessment:
    return make_assessment(slug="backend")


@pytest.fixture
def invite(tmp_path, capsys):
    def run(text: str, **options: bool) -> list[str]:
        file = tmp_path / "people.csv"
        file.write_text(text, encoding="utf-8")
        call_command("invite_candidates", str(file), assessment="backend", **options)
        out: str = capsys.readouterr().out
        return out.splitlines()

    return run


@pytest.mark.parametrize(
    "text",
    [
        'name,email\n"Lovelace, Ada",ada@example.org\nBob,bob@example.org\n',
        '\ufeffMail;Name\nada@example.org;"Lovelace, Ada"\n\nbob@example.org;Bob\n',
        "Candidate name\tE-mail address\tCity\nLovelace, Ada\tada@example.org\tParis\nBob\tbob@example.org\tRome\n",
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(assessment, invite, text):
    assert invite(text) == ["2 invited, 0 invited before."]
    assert dict(Candidate.objects.values_list("email", "name")) == {
        "ada@example.org": "Lovelace, Ada",
        "bob@example.org": "Bob",
    }
    assert set(InvitationMail.objects.values_list("kind", flat=True)) == {MailKind.INVITATION}


@pytest.mark.parametrize(("encoding", "warns"), [("utf-16", False), ("utf-16-le", False), ("cp1252", True)])
def test_a_file_is_read_in_the_encodings_spreadsheets_write(assessment, tmp_path, capsys, encoding, warns):
    file = tmp_path / "people.csv"
    file.write_bytes("Name;E-Mail\nZoë Müller;zoe@example.org\n".encode(encoding))
    call_command("invite_candidates", str(file), assessment="backend")
    assert Candidate.objects.get().name == "Zoë Müller"
    assert ("Not UTF-8 (line 2), so read as Windows-1252" in capsys.readouterr().err) is warns


def test_a_file_that_is_no_text_says_so(assessment, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(CommandError, match="This is not text: it holds zero bytes"):
        call_command("invite_candidates", str(file), assessment="backend")


def test_a_dry_run_says_what_would_be_and_leaves_nothing(assessment, invite):
    invitations.invite(assessment, email="ada@example.org")
    assert invite("email\nADA@example.org\nbob@example.org\n", dry_run=True) == [
        "1 would be invited, 1 invited before."
    ]
    assert (Candidate.objects.count(), Invitation.objects.count(), InvitationMail.objects.count()) == (1, 1, 0)


def test_a_dry_run_refuses_what_the_real_one_would(assessment, invite, admin_user):
    invitations.revoke(invitations.invite(assessment, email="ada@example.org").invitation, by=admin_user)
    with pytest.raises(CommandError, match=r"The invitation of ada@example.org was revoked"):
        invite("email\nada@example.org\n", dry_run=True)


def test_one_bad_line_and_nobody_is_invited(assessment, invite):
    with pytest.raises(
        CommandError, match=r"nobody was invited. line 3: “bob” is not a mail address. line 4: There is no"
    ):
        invite("name,email\nAda,ada@example.org\nBob,bob\nCleo,\n")
    assert Invitation.objects.count() == 0


def test_without_mail_there_is_one_link_a_line(assessment, invite):
    links = invite("ada@example.org\nbob@example.org\nAda@example.org\n", no_mail=True)
    assert links == [invitation_link(token_of(one)) for one in Invitation.objects.order_by("candidate__email")]
    assert InvitationMail.objects.count() == 0
