"""Notes: what protocol code wants the trace to know, by the kind of row that it becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.world.jobs import Job
from sim.world.recorder import Recorder, label


def _decided(recorder: Recorder, job: Job, detail: dict[str, Any]) -> None:
    job.outcome = detail["outcome"]
    said = {"outcome": job.outcome, "key": detail["key"]}
    recorder.row("decide", job, detail["token"], said)


def _issued(recorder: Recorder, job: Job, detail: dict[str, Any]) -> None:
    value, reference = detail["value"], detail["token"]
    claims = recorder.book.enter(value, reference, detail["claims"], job.intention)
    said = detail | {"claims": claims}
    del said["value"], said["token"]
    if job.request is not None and (source := recorder.book.shown(job.request.payload)):
        said["source"] = source
    recorder.row("issue", job, reference, said)


def _refused(recorder: Recorder, job: Job, detail: dict[str, Any]) -> None:
    reference = recorder.book.reference(detail["value"])
    said = {key: member for key, member in detail.items() if key != "value"}
    recorder.row("refuse", job, reference, said | {"outcome": job.outcome})


def _revoked(recorder: Recorder, job: Job, detail: dict[str, Any]) -> None:
    shown = request = ""
    if job.request is not None:
        shown, request = recorder.book.shown(job.request.payload), label(job.request)
    said = {"operation": request, "outcome": job.outcome}
    recorder.row("revoke", job, shown, detail | said)


def _compensated(recorder: Recorder, job: Job, detail: dict[str, Any]) -> None:
    said = {key: member for key, member in detail.items() if key != "token"}
    recorder.row("compensate", job, detail["token"], said)


def _wallet(recorder: Recorder, job: Job, detail: dict[str, Any]) -> None:
    reference = recorder.book.reference
    token, before = reference(detail["token"]), reference(detail["before"])
    said = {"server": detail["server"], "action": detail["action"], "before": before}
    recorder.row("wallet", job, token, said)


#: kind of note → writes its row, of what a job's flow noted in the detail.
NOTES: dict[str, Callable[[Recorder, Job, dict[str, Any]], None]] = {
    "decide": _decided,
    "issue": _issued,
    "refuse": _refused,
    "revoke": _revoked,
    "compensate": _compensated,
    "wallet": _wallet,
}
