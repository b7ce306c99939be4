"""What is told when text messages do not get through, and to whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sentry_twilio.delivery import policy
from sentry_twilio.delivery.models import FallbackMessage, FallbackTarget
from sentry_twilio.delivery.policy import Policy
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

Kind = FallbackMessage.Kind
Channel = FallbackTarget.Channel
State = FallbackTarget.State


def write(
    project: Project, kind: Kind, subject: str, body: str, plugin: str = ""
) -> FallbackMessage | None:
    """Write a message to everybody in the project's fallback; None where it has none. `plugin`:
    the slug of the one that it is about.

    Call it inside the transaction that holds what caused it: both are committed, or neither.
    """
    choices = policy.of(project)
    if not choices.has_fallback:
        return None
    with writing():
        message = FallbackMessage.objects.create(
            project=project,
            kind=kind,
            plugin=plugin,
            subject=one_line(subject),
            body=body,
        )
        address(message, choices)
    return message


def address(message: FallbackMessage, choices: Policy) -> None:
    """Give the message a target for everybody in the fallback who has none of it yet."""
    there = set(message.targets.values_list("channel", "address"))
    FallbackTarget.objects.bulk_create(
        FallbackTarget(message=message, channel=channel, address=at)
        for channel, at in sorted(_wanted(choices) - there)
    )


def _wanted(choices: Policy) -> set[tuple[str, str]]:
    """Everybody in the fallback, as the channel and address of a target."""
    emails = {(Channel.EMAIL.value, email) for email in choices.emails}
    return emails | ({(Channel.WEBHOOK.value, "")} if choices.webhook else set())


def is_wanted(target: FallbackTarget, choices: Policy) -> bool:
    """Whether the target is still in the fallback: somebody may have left the team since."""
    if target.channel == Channel.WEBHOOK:
        return bool(choices.webhook)
    return target.address in choices.emails


def one_line(subject: str) -> str:
    """A subject is a header, and a column of a table."""
    return " ".join(subject.split())[:200]


@dataclass(frozen=True, slots=True)
class Trial:
    """How the newest trial went. `at` is aware; `covers_all`: everybody who is in the fallback
    now was in it then, as far as can be told (the webhook's address may be another one)."""

    pk: int
    at: datetime
    sent: int
    failed: int
    waiting: int
    covers_all: bool


def last_trial(project: Project) -> Trial | None:
    """The project's newest trial; None where its fallback was never tried out."""
    trials = project.fallback_messages.filter(kind=Kind.TRIAL)
    message = trials.prefetch_related("targets").order_by("-pk").first()
    if message is None:
        return None
    targets = message.targets.all()
    ends = Counter(target.state for target in targets)
    there = {(target.channel, target.address) for target in targets}
    return Trial(
        pk=message.pk,
        at=message.created_at,
        sent=ends[State.SENT],
        failed=ends[State.FAILED],
        waiting=ends[State.PENDING],
        covers_all=_wanted(policy.of(project)) <= there,
    )


def try_out(project: Project) -> FallbackMessage | None:
    """Write a trial to the fallback as it is stored; None where the project has none.

    The states of its targets say how it went. Each is tried once: a person is waiting.
    """
    return write(
        project,
        Kind.TRIAL,
        f"[{project.name}] This is a trial of the fallback",
        f"Somebody saved or tried the fallback in the settings of the project {project.name}.\n\n"
        "It arrived, so the fallback works: alerts that no text message brings to anybody in "
        "time will come this way.\n\n"
        "There is nothing to do.",
    )
