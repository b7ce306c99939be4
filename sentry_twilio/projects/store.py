"""The `OptionStore` of this host: encrypted rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.projects import crypto
from sentry_twilio.projects.models import PluginOption
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

SAMPLE = 50
"""Options that are tried by whoever asks often: some milliseconds' worth."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The options of some projects by project id, conf_key and name, as far as a key fits them.

    `unreadable`: of which project and conf_key there is something that no key at hand fits.
    What is missing there was not left out by anybody, and another process may have the key.
    """

    options: dict[int, dict[str, dict[str, str]]]
    unreadable: frozenset[tuple[int, str]]


class ModelOptionStore:
    """Options as rows of `PluginOption`."""

    def all(self, project: ProjectLike) -> Mapping[str, Mapping[str, str]]:
        return self.of_projects([project.id]).get(project.id, {})

    def of_projects(self, ids: list[int]) -> dict[int, dict[str, dict[str, str]]]:
        """The options of several projects by project id, conf_key and name: one statement.

        One that no key fits is as good as not set: the form asks for it again.
        """
        return self.read(ids).options

    def read(self, ids: list[int]) -> Stored:
        """As `of_projects`, with what cannot be read: whoever sends must know the difference."""
        found: dict[int, dict[str, dict[str, str]]] = {}
        unreadable: set[tuple[int, str]] = set()
        rows = PluginOption.objects.filter(project__in=ids).values_list(
            "project_id", "conf_key", "name", "ciphertext"
        )
        for project_id, conf_key, name, ciphertext in rows:
            try:
                value = crypto.decrypt(ciphertext)
            except crypto.CannotDecrypt as exc:
                # No exception: an alert of another project still goes out.
                logger.error("%s (project %s, option %s)", exc, project_id, name)  # noqa: TRY400
                unreadable.add((project_id, conf_key))
                continue
            found.setdefault(project_id, {}).setdefault(conf_key, {})[name] = value
        return Stored(found, frozenset(unreadable))

    def set(self, project: ProjectLike, conf_key: str, values: Mapping[str, str | None]) -> None:
        gone = [name for name, value in values.items() if value is None]
        rows = [
            PluginOption(
                project_id=project.id,
                conf_key=conf_key,
                name=name,
                ciphertext=crypto.encrypt(value),
            )
            for name, value in values.items()
            if value is not None
        ]
        with writing():
            PluginOption.objects.filter(
                project=project.id, conf_key=conf_key, name__in=gone
            ).delete()
            PluginOption.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["project", "conf_key", "name"],
                update_fields=["ciphertext"],
            )


def rotate() -> int:
    """Bring every stored option under the newest key; returns how many were.

    One that no key fits is left as it is, with a line in the log.
    """
    rows = []
    with writing():
        for row in PluginOption.objects.select_for_update():
            try:
                row.ciphertext = crypto.reencrypt(row.ciphertext)
            except crypto.CannotDecrypt as exc:
                logger.error("%s (%s)", exc, row)  # noqa: TRY400  (its own cause is left out)
                continue
            rows.append(row)
        PluginOption.objects.bulk_update(rows, ["ciphertext"], batch_size=500)
    return len(rows)


def keys_fit() -> bool:
    """Whether this process can read the options that were stored last, as far as `SAMPLE` goes."""
    newest = PluginOption.objects.order_by("-pk").values_list("ciphertext", flat=True)
    try:
        for ciphertext in newest[:SAMPLE]:
            crypto.decrypt(ciphertext)
    except crypto.CannotDecrypt:
        return False
    return True


def unreadable() -> list[PluginOption]:
    """The stored options that no key at hand fits."""
    found = []
    for row in PluginOption.objects.select_related("project").iterator():
        try:
            crypto.decrypt(row.ciphertext)
        except crypto.CannotDecrypt:
            found.append(row)
    return found
