"""Whom the limits count."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assessments.models import Assessment

IPV6_BITS = 56


@dataclass(frozen=True)
class Caller:
    """Whom the limit counts."""

    name: str

    @classmethod
    def user(cls, user: Any) -> Caller:
        return cls(f"user:{user.pk}")

    @classmethod
    def token(cls, token_id: UUID | int | str) -> Caller:
        return cls(f"token:{token_id}")

    @classmethod
    def attempt(cls, attempt_id: UUID) -> Caller:
        return cls(f"attempt:{attempt_id}")

    @classmethod
    def ip(cls, address: str) -> Caller:
        """A whole IPv6 network is one caller: whoever has one address of it has them all."""
        network = ipaddress.ip_network((address, IPV6_BITS if ":" in address else 32), strict=False)
        return cls(f"ip:{network.network_address}")

    @classmethod
    def assessment(cls, assessment: Assessment) -> Caller:
        return cls(f"assessment:{assessment.pk}")
