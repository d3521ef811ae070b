"""What a candidate is told before the start, made from the assessment's own settings so that it cannot differ from them.

What was told is kept with the attempt word for word, with its hash, and shown on the record as it was.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.utils import formats
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from assessments.domain import injection_gate
from assessments.enums import Access, AiPolicy, DrawKind, FeedbackPolicy, Navigation, SignalKind
from assessments.models import Assessment, Section
from candidates.domain.accommodations import breaks_words
from candidates.domain.allowances import times_of
from candidates.domain.windows import moment_words, window_of
from candidates.models import Candidate, Invitation
from interview_project.languages import in_sentence, of_authors
from interview_project.wording import as_sentence

VERSION = 4
"""Of the wording. Raise it whenever a sentence below comes to mean something else."""

FEEDBACK_WORDS = {
    FeedbackPolicy.NONE: gettext_lazy("You will not see scores here; the team will tell you how it went."),
    FeedbackPolicy.SCORE: gettext_lazy("Your record will show your total score once everything is scored."),
    FeedbackPolicy.QUESTIONS: gettext_lazy("Your record will show the score of each question once it is scored."),
    FeedbackPolicy.KEYS: gettext_lazy(
        "Your record will show scores, the right answers and explanations once everything is scored."
    ),
}
SIGNAL_WORDS = {
    SignalKind.FOCUS_LOST: gettext_lazy("When this page is not in front of you, and for how long."),
    SignalKind.LARGE_PASTE: gettext_lazy("When you paste a long text, and how long it is; not the text itself."),
    SignalKind.ADDRESS_CHANGED: gettext_lazy("When your network address changes; not the address itself."),
    SignalKind.SECOND_DEVICE: gettext_lazy(
        "When you go on in another browser or on another device; also in the same browser once its cookies are deleted."
    ),
}


@dataclass(frozen=True)
class Part:
    title: str
    sentences: list[str]
    language: str = field(default="", compare=False)
    """Of sentences that the authors wrote; the others are in the reader's."""


@dataclass(frozen=True)
class Notice:
    """Everything told before the start, in the reader's language."""

    parts: list[Part]
    consent: str
    language: str
    signals: list[SignalKind]

    @property
    def text(self) -> str:
        """Word for word, as it is kept: a heading, its sentences, an empty line; the consent comes last."""
        blocks = ["\n".join([part.title, *map(_kept, part.sentences)]) for part in self.parts]
        return "\n\n".join([*blocks, self.consent])

    @property
    def hash(self) -> str:
        return hash_of(self.text)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(sentence: str) -> str:
    """What somebody wrote may have paragraphs and lists of its own: set in, they stay one sentence of the notice."""
    return "- " + "\n  ".join(sentence.split("\n"))


def parts_of(text: str, assessment: Assessment | None = None) -> list[Part]:
    """A kept text, to be shown as it was. With its assessment, the authors' words are marked as theirs unless they
    have changed since."""
    purpose = purpose_sentences(assessment) if assessment and assessment.purpose else None
    return [
        replace(part, language=of_authors(assessment.language)) if assessment and part.sentences == purpose else part
        for part in _kept_parts(text)
    ]


def _kept_parts(text: str) -> list[Part]:
    parts: list[Part] = []
    *blocks, consent = [block for block in text.replace("\r\n", "\n").split("\n\n") if block] or [""]
    for block in blocks:
        title, *lines = block.split("\n")
        if lines and lines[0].startswith("- "):
            parts.append(Part(title, _sentences(lines)))
        elif parts:  # version 2 and before did not set in what belongs to the sentence above
            parts[-1].sentences[-1] += f"\n\n{block}"
        else:
            parts.append(Part("", [block]))
    return [*parts, Part("", [consent])] if consent else parts


def _sentences(lines: list[str]) -> list[str]:
    sentences: list[str] = []
    for line in lines:
        if line.startswith("- "):
            sentences.append(line.removeprefix("- "))
        else:
            sentences[-1] += "\n" + line.removeprefix("  ")
    return sentences


def notice_of(
    assessment: Assessment, candidate: Candidate | None = None, invitation: Invitation | None = None
) -> Notice:
    """From the live settings, for this reader: their time, their window."""
    parts = [
        Part(
            gettext("What it is for"),
            purpose_sentences(assessment),
            of_authors(assessment.language) if assessment.purpose else "",
        ),
        Part(gettext("Length and rules"), rule_sentences(assessment, candidate, invitation)),
        Part(gettext("What is recorded, and why"), recorded_sentences(assessment)),
        Part(gettext("What else is noticed"), signal_sentences(assessment)),
        Part(gettext("Artificial intelligence"), ai_sentences(assessment)),
        Part(gettext("Results"), result_sentences(assessment)),
        Part(gettext("How long it is kept"), retention_sentences(assessment)),
        Part(gettext("Whom to ask"), contact_sentences(assessment)),
    ]
    return Notice(parts, consent_text(assessment), get_language() or settings.LANGUAGE_CODE, assessment.signals)


def who_asks(assessment: Assessment) -> str:
    return assessment.organisation or gettext("the hiring team")


def purpose_sentences(assessment: Assessment) -> list[str]:
    if assessment.purpose:
        return ["\n".join(assessment.purpose.splitlines())]
    if assessment.access == Access.PRACTICE:
        return [gettext("For practice. Nobody decides anything by it.")]
    return [gettext("So that %(who)s can judge your answers.") % {"who": in_sentence(who_asks(assessment))}]


def rule_sentences(
    assessment: Assessment, candidate: Candidate | None = None, invitation: Invitation | None = None
) -> list[str]:
    sections = list(assessment.sections.prefetch_related("draws"))
    times = times_of(assessment, candidate)
    breaks = breaks_words(assessment, candidate)
    is_one_way = any(section.navigation == Navigation.ONE_WAY for section in sections)
    window = window_words(assessment, invitation)
    return [
        _size_words(sections),
        times.sentence,
        *([gettext("The time of a section starts when you begin it.")] if times.sections else []),
        *([breaks] if breaks else []),
        *([window] if window else []),
        _attempts_words(assessment.max_attempts),
        *([gettext("In some sections you cannot go back to a question you have left.")] if is_one_way else []),
        *([gettext("When the time is over, what was saved last counts.")] if times.is_limited else []),
    ]


def _size_words(sections: list[Section]) -> str:
    count = sum(draw.count if draw.kind == DrawKind.POOL else 1 for one in sections for draw in one.draws.all())
    questions = ngettext("%(count)s question", "%(count)s questions", count) % {"count": formats.number_format(count)}
    if len(sections) < 2:
        return as_sentence(questions)
    parts = ngettext("%(count)s section", "%(count)s sections", len(sections))
    words = {"questions": questions, "sections": parts % {"count": formats.number_format(len(sections))}}
    return gettext("%(questions)s in %(sections)s.") % words


def _attempts_words(number: int) -> str:
    if number == 1:
        return gettext("You can take it once.")
    return ngettext("You can take it %(count)s time.", "You can take it %(count)s times.", number) % {
        "count": formats.number_format(number)
    }


def recorded_sentences(assessment: Assessment) -> list[str]:
    return [
        gettext(
            "Each answer you save, with every earlier version of it and the time it reached us: to judge it, and so that "
            "nothing can be lost or changed unseen."
        ),
        gettext("When you start, enter by your link and submit: to keep the clock fair."),
        gettext("When you take a break, and when the team or an outage stops your time: so that none of it is lost."),
        gettext(
            "By which browser and system you write, as in “Firefox on Android”: so that you never write in two places unawares."
        ),
        gettext("What you report about a question, and which announcements you have read: to set things right."),
    ]


def signal_sentences(assessment: Assessment) -> list[str]:
    """What was switched on, and nothing that was not."""
    if not assessment.signals:
        return [gettext("Nothing else: no camera, no microphone, no screen, no keystroke timing.")]
    return [
        *(str(SIGNAL_WORDS[kind]) for kind in assessment.signals),
        gettext(
            "You see each of these on your record and can say something to it. None of it ever changes a score; people see "
            "it beside how often it happens to everybody."
        ),
        gettext("Nothing beyond that: no camera, no microphone, no screen, no keystroke timing."),
    ]


def ai_sentences(assessment: Assessment) -> list[str]:
    """From the live configuration: which AI, what it gets, what it may do, and the way out."""
    if assessment.ai_policy != AiPolicy.SUGGESTIONS:
        return [gettext("No AI is used to judge your answers.")]
    sentences = [
        gettext(
            "For longer texts AI may suggest how well a rubric is met. A person reads and scores your answer first, and decides."
        ),
        gettext("For that the question and your text, without your name or address, go to Google (%(model)s).")
        % {"model": in_sentence(settings.GEMINI_MODEL)},
        gettext("You can decline that on your overview page at any time. It changes nothing else, and nobody is told."),
    ]
    off = gettext("At the moment it is switched off on this server.")
    return [*sentences, off] if injection_gate.obstacle() else sentences


def result_sentences(assessment: Assessment) -> list[str]:
    policy = str(FEEDBACK_WORDS[FeedbackPolicy(assessment.feedback_policy)])
    if assessment.access == Access.PRACTICE:
        return [policy]
    days = assessment.hear_back_days
    hear = ngettext(
        "You hear back within %(count)s day of submitting.", "You hear back within %(count)s days of submitting.", days
    )
    return [policy, hear % {"count": formats.number_format(days)}]


def retention_sentences(assessment: Assessment) -> list[str]:
    days = assessment.retention_days
    words = ngettext(
        "Your data is erased %(count)s day after you finish.",
        "Your data is erased %(count)s days after you finish.",
        days,
    )
    return [
        words % {"count": formats.number_format(days)},
        gettext("Until then you can read and download all of it on your record page."),
    ]


def contact_sentences(assessment: Assessment) -> list[str]:
    if assessment.contact:
        return [
            gettext("For questions, more time or another format: %(contact)s.")
            % {"contact": in_sentence(assessment.contact.rstrip("."))}
        ]
    return [gettext("Whoever sent you here. You can ask them to correct or erase your data, too.")]


def consent_text(assessment: Assessment) -> str:
    return gettext(
        "I have read what is recorded, and agree that %(who)s uses my answers to assess me for “%(title)s”."
    ) % {
        "who": in_sentence(who_asks(assessment)),
        "title": in_sentence(assessment.title),
    }


def window_words(assessment: Assessment, invitation: Invitation | None = None) -> str:
    """A sentence that says when it may be started, in the reader's time zone, which is named; ``""`` for always."""
    opens, closes = window_of(assessment, invitation)
    if opens and closes:
        return gettext("Can be started from %(opens)s until %(closes)s.") % {
            "opens": moment_words(opens),
            "closes": moment_words(closes),
        }
    if opens:
        return gettext("Can be started from %(opens)s.") % {"opens": moment_words(opens)}
    return gettext("Can be started until %(closes)s.") % {"closes": moment_words(closes)} if closes else ""
