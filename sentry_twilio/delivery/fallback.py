"""What is told when text messages do not get through, and to whom."""

from __future__ import annotations

from sentry_twilio.delivery import policy
from sentry_twilio.delivery.models import FallbackMessage, FallbackTarget
from sentry_twilio.delivery.policy import Policy
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

Kind = FallbackMessage.Kind
Channel = FallbackTarget.Channel


def write(project: Project, kind: Kind, subject: str, body: str) -> FallbackMessage | None:
    """Write a message to everybody in the project's fallback; None where it has none.

    Call it inside the transaction that holds what caused it: both are committed, or neither.
    """
    choices = policy.of(project)
    if not choices.has_fallback:
        return None
    with writing():
        message = FallbackMessage.objects.create(
            project=project,
            kind=kind,
            subject=one_line(subject),
            body=body,
        )
        address(message, choices)
    return message


def address(message: FallbackMessage, choices: Policy) -> None:
    """Give the message a target for everybody in the fallback who has none of it yet."""
    wanted = {(Channel.EMAIL, email) for email in choices.emails}
    if choices.webhook:
        wanted.add((Channel.WEBHOOK, ""))
    there = {
        (Channel(channel), at) for channel, at in message.targets.values_list("channel", "address")
    }
    FallbackTarget.objects.bulk_create(
        FallbackTarget(message=message, channel=channel, address=at)
        for channel, at in sorted(wanted - there)
    )


def is_wanted(target: FallbackTarget, choices: Policy) -> bool:
    """Whether the target is still in the fallback: somebody may have left the team since."""
    if target.channel == Channel.WEBHOOK:
        return bool(choices.webhook)
    return target.address in choices.emails


def one_line(subject: str) -> str:
    """A subject is a header, and a column of a table."""
    return " ".join(subject.split())[:200]


def try_out(project: Project) -> FallbackMessage | None:
    """Write a trial to the fallback as it is stored; None where the project has none.

    The states of its targets say how it went. Each is tried once: a person is waiting.
    """
    return write(
        project,
        Kind.TRIAL,
        f"[{project.name}] This is a trial of the fallback",
        f"Somebody asked for this trial in the settings of the project {project.name}.\n\n"
        "It arrived, so the fallback works: alerts that no text message brings to anybody in "
        "time will come this way.\n\n"
        "There is nothing to do.",
    )
