from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    name = "candidates"
    verbose_name = "Who answers"

    def ready(self) -> None:
        # The project's settings are no app, so its checks are registered from here.
        from candidates import metrics
        from candidates.domain import outages
        from interview_project import checks, diagnosis, heartbeat, probes, signs  # noqa: F401 - importing registers the checks

        probes.GAUGES += [metrics.gauges, metrics.fuse_gauge, metrics.outage_gauges, signs.gauges]
        heartbeat.on_beat.append(outages.beat_and_settle)
        diagnosis.OF_THE_DATABASE["outages"] = metrics.outage_lines
