"""A candidate who works by the JSON API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx

from bench.answers import Answer, Question, invent
from bench.candidate import Candidate, Stage
from bench.ledger import is_same


class ApiCandidate(Candidate):
    """By the JSON API."""

    def __init__(self, stage: Stage, token: str, *, seed: int) -> None:
        super().__init__(stage, token, seed=seed)
        self.bearer = ""

    async def request(self, method: str, path: str, *, json: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return await self.stage.http.request(method, f"/api/v1/sessions{path}", json=json, headers=headers)

    async def enter(self) -> None:
        body = {"invitation": self.token}
        state = (await self.stage.insist("enter", lambda: self.request("POST", "", json=body), 201)).json()
        self.attempt, self.bearer = state["id"], state["token"]

    async def act(self) -> None:
        if self.chance.random() < 0.15:
            await self.resume()
            return
        several = self.chance.sample(list(self.stage.questions), self.chance.randint(1, 3))
        await self.save_several([(one, invent(one, self.chance)) for one in several])

    async def save(self, question: Question, answer: Answer, *, base: int | None = None) -> bool:
        return await self.save_several([(question, answer)])

    async def save_several(self, answers: Sequence[tuple[Question, Answer]]) -> bool:
        keys = {question.number: self.new_key() for question, _ in answers}
        by_number = {question.number: (question, answer) for question, answer in answers}
        body = {
            "responses": [
                {"number": n, "value": answer.value, "base_revision": self.known[n][0], "key": keys[n]}
                for n, (_, answer) in by_number.items()
            ]
        }
        response = await self.stage.insist(
            "save", lambda: self.request("POST", f"/{self.attempt}", json=body), 200, 409, 410
        )
        told = response.json()
        for one in told.get("saved", ()):
            question, answer = by_number[one["number"]]
            self.acknowledge(question, answer, keys[one["number"]], one["revision"], one["receipt"])
        for one in told.get("conflicts", ()):
            self.conflicts += 1
            self.stage.ledger.conflicts[keys[one["number"]]] = by_number[one["number"]][1].value
        if response.status_code == HTTPStatus.CONFLICT:
            await self.resume()
        return response.status_code == HTTPStatus.OK

    async def resume(self) -> None:
        response = await self.stage.insist("page", lambda: self.request("GET", f"/{self.attempt}"), 200)
        for one in response.json()["questions"]:
            _, answer = self.known[one["number"]]
            is_shown = is_same(one["value"], answer.value if answer else None)
            self.expect(one["number"], one["revision"], is_shown, Answer((), one["value"]))

    async def look_back(self) -> None:
        await self.resume()

    async def submit(self) -> str:
        response = await self.stage.insist(
            "submit", lambda: self.request("POST", f"/{self.attempt}/submit", json={}), 200
        )
        receipt: str = response.json()["receipt"]
        return receipt
