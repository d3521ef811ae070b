"""A candidate who works by pages, as htmx drives them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

import httpx

from bench.answers import RECEIPT, STATE, Answer, Question, invent, shown_in
from bench.candidate import Candidate, Stage, Unexpected
from bench.ledger import is_same


class PageCandidate(Candidate):
    """By pages, as htmx drives them."""

    def __init__(self, stage: Stage, token: str, *, seed: int) -> None:
        super().__init__(stage, token, seed=seed)
        self.cookies: dict[str, str] = {}
        self.place = 0

    async def request(
        self, method: str, path: str, *, data: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        if method == "POST":
            token = next((value for name, value in self.cookies.items() if name.endswith("csrftoken")), "")
            sent["X-CSRFToken"] = token
        response = await self.stage.http.request(method, path, data=data, headers=sent)
        for line in response.headers.get_list("set-cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return response

    async def enter(self) -> None:
        landing = f"/i/{self.token}/"
        await self.stage.insist("enter", lambda: self.request("GET", landing), 200)
        consent = {"consent": "on"}
        answer = await self.stage.insist("enter", lambda: self.request("POST", landing, data=consent), 302)
        self.root = answer.headers["location"]
        self.attempt = self.root.strip("/").rpartition("/")[2]
        await self.stage.insist("enter", lambda: self.request("POST", f"{self.root}start/", data={}), 302)

    def path(self, question: Question) -> str:
        return f"{self.root}questions/{question.number}/"

    async def act(self) -> None:
        question = self.stage.questions[self.place]
        what = self.chance.random()
        if what < 0.15:
            await self.refresh(question)
        elif what < 0.22:
            await self.open_second_tab(question)
        elif what < 0.60:
            if not await self.save(question, invent(question, self.chance)):
                await self.refresh(question)
        else:
            await self.save_and_go_on(question, invent(question, self.chance))

    async def save(self, question: Question, answer: Answer, *, base: int | None = None) -> bool:
        """The autosave: a small fragment with the revision and the receipt. False if it was not accepted."""
        key = self.new_key()
        response = await self.post(question, answer, key, base=base, go="stay", target="save-state")
        if response.status_code == HTTPStatus.OK:
            found = STATE.search(response.text)
            if found is None:
                raise Unexpected(f"save: 200 without a save state: {response.text[:200]}")
            self.acknowledge(question, answer, key, int(found[1]), found[2])
        return self.was_accepted(response, key, answer)

    async def save_and_go_on(self, question: Question, answer: Answer) -> None:
        key, (base, _) = self.new_key(), self.known[question.number]
        response = await self.post(question, answer, key, base=base, go="next", target="question-panel")
        if response.status_code in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
            self.acknowledge(question, answer, key, base + 1)
            self.place = (self.place + 1) % len(self.stage.questions)
        if response.status_code == HTTPStatus.OK:
            self.compare(response.text, self.stage.questions[self.place])
        elif response.status_code == HTTPStatus.NO_CONTENT:  # past the last question
            await self.stage.insist("page", lambda: self.request("GET", response.headers["hx-redirect"]), 200)
        if not self.was_accepted(response, key, answer):
            await self.refresh(question)

    async def post(
        self, question: Question, answer: Answer, key: str, *, base: int | None, go: str, target: str
    ) -> httpx.Response:
        revision = self.known[question.number][0] if base is None else base
        data = {"value": list(answer.fields), "base_revision": str(revision), "key": key, "go": go}
        headers = {"HX-Request": "true", "HX-Target": target}
        return await self.stage.insist(
            "save", lambda: self.request("POST", self.path(question), data=data, **headers), 200, 204, 409, 410
        )

    def was_accepted(self, response: httpx.Response, key: str, answer: Answer) -> bool:
        if response.status_code == HTTPStatus.CONFLICT:
            self.conflicts += 1
            self.stage.ledger.conflicts[key] = answer.value
        return response.status_code in (HTTPStatus.OK, HTTPStatus.NO_CONTENT)

    async def refresh(self, question: Question) -> None:
        response = await self.stage.insist("page", lambda: self.request("GET", self.path(question)), 200)
        self.compare(response.text, question)

    def compare(self, page: str, question: Question) -> None:
        shown = shown_in(page)
        _, answer = self.known[question.number]
        fields = answer.fields if answer else ()
        is_shown = (shown.number, sorted(shown.fields)) == (question.number, sorted(fields))  # options are shuffled
        self.expect(question.number, shown.base_revision, is_shown, Answer(shown.fields, None))

    async def open_second_tab(self, question: Question) -> None:
        """Two tabs save different texts at once: one is told so, and chooses."""
        base = self.known[question.number][0]
        ours, theirs = invent(question, self.chance), invent(question, self.chance)
        if is_same(ours.value, theirs.value):
            return
        accepted = await asyncio.gather(self.save(question, ours, base=base), self.save(question, theirs, base=base))
        if sum(accepted) != 1:
            self.stage.problems.append(
                f"attempt {self.attempt}, question {question.number}: "
                f"of two saves from one revision {sum(accepted)} were accepted"
            )
        await self.refresh(question)
        if self.chance.random() < 0.5:
            await self.save(question, ours)

    async def look_back(self) -> None:
        for question in self.stage.questions:
            await self.refresh(question)

    async def submit(self) -> str:
        confirmed = {"confirmed": "1"}
        response = await self.stage.insist(
            "submit", lambda: self.request("POST", f"{self.root}submit/", data=confirmed), 302
        )
        page = await self.stage.insist("page", lambda: self.request("GET", response.headers["location"]), 200)
        found = RECEIPT.search(page.text)
        if found is None:
            raise Unexpected(f"submit: no receipt on {response.headers['location']}")
        return found[0]
