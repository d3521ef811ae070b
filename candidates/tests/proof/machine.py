"""The life of an attempt as a state machine: whatever is done to it in whatever order, eight things always hold.

It drives the domain on the real database and keeps a model of its own of what was acknowledged. Moments are reached by moving
the bells, which is what time passing looks like to a clock that is the database's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from assessments.domain.assembly import publish_assessment
from assessments.enums import Navigation
from assessments.models import Assessment
from assessments.tests.making import add_section, make_assessment, make_question, make_rubric
from candidates.domain import attempts, clock, devices, interventions, pauses, responses, scoring, snapshots
from candidates.domain.passes import Pass
from candidates.domain.receipts import Receipt, is_genuine
from candidates.domain.responses import KeyReused, Save, Saved, SaveRefused
from candidates.domain.verification import problems_of
from candidates.enums import AttemptStatus, ResponseEventKind, ScoreSource
from candidates.models import Attempt, Pause, Response, ResponseEvent, Score
from candidates.tests.admin_rows import judge
from candidates.tests.making import make_attempt

NUMBERS = (1, 2, 3, 4, 5)
"""Two in a free section, two in a one-way section, one in a section with a clock of its own."""
TEXTS = st.sampled_from(["an index", "a lock", "ü 🙂 ½", "", " x "]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
)
SECONDS = st.sampled_from([1, 29, 31, 300, 600, 3600])
A_MOMENT = timedelta(milliseconds=1)
"""The database's clock stands still within a transaction, and two pauses never begin at once."""
SELDOM = st.sampled_from([False, False, False, True])
"""For what ends an attempt: there is little to see after it."""
REFUSALS = (SaveRefused, attempts.TransitionRefused, pauses.PauseRefused)
DEVICES = ("", "laptop", "phone")


def make_content() -> Assessment:
    """Made once; every attempt of the run is of it."""
    free = [make_question("short_text"), make_question("short_text")]
    one_way = [make_question("short_text"), make_question("short_text")]
    timed = [make_question("long_text", rubric=make_rubric("Of the machine"), points=4)]
    facts: dict[str, Any] = {"duration_seconds": 3600, "grace_seconds": 30, "break_count": 2, "break_seconds": 300}
    assessment = make_assessment(*free, publish=False, **facts)
    add_section(assessment, *one_way, navigation=Navigation.ONE_WAY)
    add_section(assessment, *timed, duration_seconds=600)
    return publish_assessment(assessment)


@dataclass(frozen=True)
class Acknowledged:
    number: int
    value: Any
    key: UUID
    receipt: Receipt
    base_revision: int


@dataclass
class Known:
    """What a candidate could swear to."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    revision: int = 0
    receipt: str = ""
    closed_with: list[Any] | None = None

    def newest(self, number: int) -> Acknowledged | None:
        of_number = [one for one in self.acknowledged if one.number == number]
        return max(of_number, key=lambda one: one.receipt.revision, default=None)


def facts_of(attempt: Attempt) -> dict[str, Any]:
    return {field.attname: getattr(attempt, field.attname) for field in Attempt._meta.concrete_fields}


class AttemptMachine(RuleBasedStateMachine):
    """A subclass gives it content that is there already, somebody of the staff, and a cache that can be emptied."""

    content: Assessment
    staff: User
    cache: Any
    saves = Bundle("saves")
    held: snapshots.Snapshot | None
    looked_at: dict[str, Any]

    @initialize(factor=st.sampled_from(["1", "1.5"]), begins=st.sampled_from([True, True, True, False]))
    def come_in(self, factor: str, begins: bool) -> None:
        self.known, self.held = Known(), None
        self.attempt = make_attempt(self.content, start=begins, time_factor=factor)
        self.device = ""
        self.attempted, self.was_closed, self.looked_at = 0, False, {}

    # ---- What the candidate does ----

    @property
    def holder(self) -> Pass:
        return Pass(self.attempt.pk, self.attempt.candidate_id, self.device)

    def row(self) -> Attempt:
        return Attempt.objects.get(pk=self.attempt.pk)

    def tried(self, call: Callable[[], Any]) -> Any:
        """What it returned, or the refusal it raised. A crash in the middle leaves what a refusal leaves: nothing."""
        self.attempted += 1
        try:
            with transaction.atomic():
                return call()
        except (*REFUSALS, responses.NoSuchQuestion) as refusal:
            return refusal

    def stored(self, number: int) -> int:
        found = Response.objects.filter(attempt_question__attempt=self.attempt, attempt_question__number=number).first()
        return found.revision if found else 0

    def send(self, save: Save) -> Any:
        """As the view does it. A refusal that keeps a text commits, so it must not be rolled back by ``tried``."""
        self.attempted += 1
        try:
            outcome: Any = responses.save_response(self.holder, save, held=self.held)
        except (SaveRefused, responses.NoSuchQuestion) as refusal:
            return refusal
        self.held = outcome.snapshot
        return outcome

    @rule()
    def start(self) -> None:
        self.tried(lambda: attempts.start(self.holder))

    @rule(position=st.sampled_from([1, 2, 3]))
    def start_section(self, position: int) -> None:
        if self.row().started_at is not None:
            self.tried(lambda: attempts.start_section(self.holder, position=position))

    @rule(target=saves, number=st.sampled_from(NUMBERS), value=TEXTS, moves=st.sampled_from([None, *NUMBERS]))
    def save(self, number: int, value: str, moves: int | None) -> Save:
        return self.saved(Save(number, value or None, self.stored(number), uuid4(), moves_to=moves))

    @rule(target=saves, number=st.sampled_from(NUMBERS), value=TEXTS, behind=st.integers(1, 3))
    def save_what_is_stale(self, number: int, value: str, behind: int) -> Save:
        """A second tab, or a phone that was asleep."""
        return self.saved(Save(number, value or None, max(0, self.stored(number) - behind), uuid4()))

    @rule(target=saves, number=st.sampled_from(NUMBERS), value=TEXTS)
    def flag(self, number: int, value: str) -> Save:
        return self.saved(Save(number, value or None, self.stored(number), uuid4(), toggles_flag=True))

    def saved(self, save: Save) -> Save:
        outcome = self.send(save)
        if isinstance(outcome, Saved):
            assert not outcome.is_replay, "a new key was taken for an old one"
            assert self.known.closed_with is None, "a closed attempt took a save"
            one = Acknowledged(save.number, save.value, save.key, outcome.receipt, save.base_revision)
            self.known.acknowledged.append(one)
        return save

    @rule(save=saves)
    def send_again(self, save: Save) -> None:
        """The answer was lost on its way, so the same save comes once more; at any later time."""
        first = next((one for one in self.known.acknowledged if one.key == save.key), None)
        outcome = self.send(save)
        if first is not None:
            assert isinstance(outcome, Saved), f"an acknowledged save was answered by {outcome!r}"
            assert outcome.receipt == first.receipt, "the same key got another receipt"
        else:
            assert not isinstance(outcome, Saved) or self.became_possible(save, outcome)

    def became_possible(self, save: Save, outcome: Saved) -> bool:
        """Refused before without being kept, so it is new: acknowledged from now on."""
        self.known.acknowledged.append(
            Acknowledged(save.number, save.value, save.key, outcome.receipt, save.base_revision)
        )
        return not outcome.is_replay

    @rule(save=saves, value=TEXTS)
    def use_a_key_for_another_text(self, save: Save, value: str) -> None:
        if any(one.key == save.key for one in self.known.acknowledged) and (value or None) != save.value:
            other = Save(save.number, value or None, self.stored(save.number), save.key)
            assert isinstance(self.send(other), KeyReused)

    @rule(surely=SELDOM)
    def submit(self, surely: bool) -> None:
        if surely:
            self.tried(lambda: attempts.submit(self.holder))

    @rule(device=st.sampled_from(DEVICES))
    def sit_at(self, device: str) -> None:
        self.device = device

    @rule()
    def take_over(self) -> None:
        self.tried(lambda: devices.take_over(self.holder))

    @rule()
    def begin_break(self) -> None:
        self.pass_time(A_MOMENT)
        self.tried(lambda: pauses.begin_break(self.holder))

    @rule()
    def end_break(self) -> None:
        self.tried(lambda: pauses.end_break(self.holder))

    # ---- What staff and the clock do ----

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.pass_time(timedelta(seconds=seconds))

    @rule(past=st.sampled_from([-1, 1, 29, 31]))
    def the_bell_rings(self, past: int) -> None:
        """Until so many seconds after it: about the bell, and about the end of its grace."""
        bell = self.row().deadline_at
        if bell is not None:
            self.pass_time(max(timedelta(), bell - clock.now() + timedelta(seconds=past)))

    def pass_time(self, by: timedelta) -> None:
        """Every moment of the attempt moves into the past: to its clock that is the same."""
        moved = {
            name: F(name) - by for name in ("started_at", "deadline_at", "grace_until", "paused_at", "pause_until")
        }
        with transaction.atomic():
            Attempt.objects.filter(pk=self.attempt.pk).update(revision=F("revision") + 1, **moved)
            sections = {name: F(name) - by for name in ("started_at", "deadline_at", "grace_until")}
            self.row().sections.update(**sections)
            Pause.objects.filter(attempt=self.attempt).update(began_at=F("began_at") - by, ended_at=F("ended_at") - by)

    @rule()
    def sweep(self) -> None:
        self.tried(attempts.close_overdue)
        self.tried(pauses.write_down_ended_breaks)

    @rule(minutes=st.integers(1, 30))
    def add_minutes(self, minutes: int) -> None:
        self.tried(lambda: interventions.extend(self.row(), seconds=minutes * 60, by=self.staff))

    @rule()
    def pause(self) -> None:
        self.pass_time(A_MOMENT)
        self.tried(lambda: pauses.pause([self.attempt.pk], by=self.staff))

    @rule()
    def resume(self) -> None:
        self.tried(lambda: pauses.resume([self.attempt.pk], by=self.staff))

    @rule(minutes=st.integers(1, 30))
    def reopen(self, minutes: int) -> None:
        if self.tried(lambda: interventions.reopen(self.row(), seconds=minutes * 60, by=self.staff)) and self.is_open:
            self.known.closed_with, self.known.receipt = None, ""

    @property
    def is_open(self) -> bool:
        return self.row().status == AttemptStatus.IN_PROGRESS

    @rule(surely=SELDOM)
    def close(self, surely: bool) -> None:
        if surely:
            self.tried(lambda: interventions.close_now(self.row(), by=self.staff))

    @rule(surely=SELDOM)
    def void(self, surely: bool) -> None:
        if surely:
            self.tried(lambda: interventions.void(self.row(), reason="Void.", by=self.staff))

    @rule()
    def score(self) -> None:
        if self.row().is_closed:
            scoring.score_attempt(self.attempt.pk)

    @rule()
    def review(self) -> None:
        if self.row().is_closed:
            self.tried(lambda: judge(self.row(), by=self.staff, number=5))

    # ---- What goes wrong ----

    @rule()
    def empty_the_cache(self) -> None:
        self.cache.clear()

    @rule()
    def forget_what_was_looked_at(self) -> None:
        self.held = None

    @rule()
    def look_at_what_the_cache_holds(self) -> None:
        self.held = snapshots.peek(self.attempt.pk)

    @rule()
    def put_an_old_snapshot_back(self) -> None:
        if self.held is not None:
            snapshots.store(self.held)

    @rule(number=st.sampled_from(NUMBERS))
    def crash_in_the_middle_of_a_save(self, number: int) -> None:
        """The process dies before its commit: the transaction is rolled back, and nobody was told anything."""
        with transaction.atomic():
            self.send(Save(number, "never acknowledged", self.stored(number), uuid4()))
            transaction.set_rollback(True)
        self.held = None

    # ---- What always holds ----

    @invariant()
    def the_eight_promises_hold(self) -> None:
        """Looked at whenever the attempt's row is another one than it was, and at the end."""
        attempt = self.row()
        if facts_of(attempt) != self.looked_at:
            self.look(attempt)
            self.looked_at = facts_of(self.row())

    def teardown(self) -> None:
        self.look(self.row())

    def look(self, attempt: Attempt) -> None:
        self.acknowledged_saves_are_in_the_record_exactly_once()
        self.responses_are_their_newest_acknowledged_saves()
        self.revisions_only_rise_and_leave_no_gap(attempt)
        self.a_closed_attempt_has_one_receipt_that_stays_and_verifies(attempt)
        assert list(problems_of(attempt)) == []  # 6, and that every hash is what its event makes it
        assert snapshots.load(attempt) == snapshots.build(attempt)  # 7
        self.scores_have_a_person_or_a_rule_and_something_closed(attempt)
        self.nothing_is_accepted_after_the_grace(attempt)

    def acknowledged_saves_are_in_the_record_exactly_once(self) -> None:  # 1
        events = ResponseEvent.objects.filter(attempt=self.attempt).values_list("key", "value", "kind")
        stored = sorted(((key, value) for key, value, kind in events if kind == ResponseEventKind.SAVED), key=repr)
        assert stored == sorted(((one.key, one.value) for one in self.known.acknowledged), key=repr)

    def responses_are_their_newest_acknowledged_saves(self) -> None:  # 2, and 5: after the close it stays so
        rows = Response.objects.filter(attempt_question__attempt=self.attempt)
        for number, value, revision in rows.values_list("attempt_question__number", "value", "revision"):
            newest = self.known.newest(number)
            assert (value, revision) == ((newest.value, newest.receipt.revision) if newest else (None, 0)), number

    def revisions_only_rise_and_leave_no_gap(self, attempt: Attempt) -> None:  # 3
        assert attempt.revision >= self.known.revision
        self.known.revision = attempt.revision
        for number in NUMBERS:
            mine = [one.receipt.revision for one in self.known.acknowledged if one.number == number]
            assert sorted(mine) == list(range(1, len(mine) + 1))

    def nothing_is_accepted_after_the_grace(self, attempt: Attempt) -> None:  # 4
        """Asked of the row, not of the code that judges: what the clock of this attempt shows against its grace."""
        now = clock.now()
        shown = now if attempt.paused_at is None else attempt.paused_at if attempt.pause_until is None else now
        is_late = attempt.grace_until is not None and shown > attempt.grace_until
        if is_late or attempt.status != AttemptStatus.IN_PROGRESS:
            outcome = self.send(Save(1, "too late", self.stored(1), uuid4()))
            assert not isinstance(outcome, Saved)

    def a_closed_attempt_has_one_receipt_that_stays_and_verifies(self, attempt: Attempt) -> None:  # 5 and 6
        if not attempt.is_closed:
            return
        self.was_closed = True
        answers = list(attempt.questions.values_list("number", "response__revision", "response__value"))
        assert is_genuine(attempt.submit_receipt, attempt.pk, answers)
        if self.known.closed_with is not None:
            assert (attempt.submit_receipt, answers) == (self.known.receipt, self.known.closed_with)
        self.known.receipt, self.known.closed_with = attempt.submit_receipt, answers

    def scores_have_a_person_or_a_rule_and_something_closed(self, attempt: Attempt) -> None:  # 8
        scores = Score.objects.filter(attempt_question__attempt=attempt)
        assert all((one.source == ScoreSource.REVIEWER) == (one.scored_by_id is not None) for one in scores)
        if not self.was_closed:
            assert not scores
