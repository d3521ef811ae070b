"""The pages for machines: is this process alive, can it serve, how is it doing."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interview_project import counts, probes
from interview_project.client_ip import is_from_inside
from interview_project.probes import Metric

BEGAN = time.time()
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive, whatever is the matter with what it stands on: restarting it would mend none of that."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 while this process cannot serve candidates; "degraded" when it can and something wants attention."""
    found = probes.look_at_everything()
    is_ready = all(finding.is_ok for probe, finding in found.values() if probe.is_vital)
    is_whole = all(finding.is_ok for _, finding in found.values())
    status = "ready" if is_whole else "degraded" if is_ready else "not ready"
    checks = {name: {"ok": finding.is_ok, "words": finding.words} for name, (_, finding) in found.items()}
    response = JsonResponse({"status": status, "checks": checks}, status=200 if is_ready else 503)
    if not is_ready:
        response["Retry-After"] = "2"
    return response


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For this machine and private networks, or with METRICS_TOKEN: how many sit and what AI costs is nobody else's business."""
    if not (is_from_inside(request) or _has_token(request)):
        return HttpResponse("not found\n", status=404, content_type="text/plain; charset=utf-8")
    gauges, unread = probes.read_gauges()
    unread_sources = Metric("parley_metrics_unread", "Sources of metrics that did not answer in time.", unread)
    found = [*process_gauges(), *counts.gauges(), unread_sources, *gauges]
    return HttpResponse(exposition(found), content_type=PROMETHEUS)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(given, settings.METRICS_TOKEN)


class ProbeMiddleware:
    """Answers these pages before the host is checked: probes and Prometheus come by address, or by a container's name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.views.get(request.path, self.get_response)(request)


def process_gauges() -> Iterable[Metric]:
    """Of the process that happens to answer; the others have their own."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield Metric("process_start_time_seconds", "When this web process began.", BEGAN)
    yield Metric("process_cpu_seconds_total", "Processor time it has used.", used.ru_utime + used.ru_stime)
    if (statm := Path("/proc/self/statm")).exists():
        pages = int(statm.read_text().split()[1])
        yield Metric("process_resident_memory_bytes", "Memory it holds.", pages * os.sysconf("SC_PAGE_SIZE"))


def exposition(gauges: Iterable[Metric]) -> str:
    """In Prometheus's text format: the samples of a name together, under one HELP and one TYPE."""
    lines = []
    for family, samples in groupby(sorted(gauges, key=_family), key=_family):
        for number, sample in enumerate(samples):
            if number == 0:
                lines += [f"# HELP {family} {sample.help}", f"# TYPE {family} {_type(sample)}"]
            lines.append(f"{sample.name}{_labels(sample)} {sample.value:.15g}")
    return "\n".join(lines) + "\n"


def _family(metric: Metric) -> str:
    return metric.family


def _type(metric: Metric) -> str:
    if metric.histogram:
        return "histogram"
    return "counter" if metric.name.endswith("_total") else "gauge"


def _labels(metric: Metric) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in metric.labels.items()]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
