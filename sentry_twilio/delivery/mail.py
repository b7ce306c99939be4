"""A fallback message as an e-mail."""

from __future__ import annotations

import logging
import smtplib
import socket
import ssl

from django.conf import settings
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)

NO_SERVER = "No mail server is set: the operator of this host sets EMAIL_URL and EMAIL_FROM."

# The first that fits. None of them quotes the exception: it may hold what was sent.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        "The mail server does not accept the user name and password in EMAIL_URL.",
    ),
    (smtplib.SMTPSenderRefused, "The mail server does not accept the sender in EMAIL_FROM."),
    (smtplib.SMTPRecipientsRefused, "The mail server does not accept this address."),
    (
        smtplib.SMTPNotSupportedError,
        "The mail server does not offer what EMAIL_URL asks for, such as encryption or a log-in.",
    ),
    (smtplib.SMTPServerDisconnected, "The mail server closed the connection."),
    (smtplib.SMTPException, "The mail server did not take the message."),
    (ssl.SSLError, "No secure connection to the mail server: check the scheme in EMAIL_URL."),
    (socket.gaierror, "The mail server's name in EMAIL_URL is not known."),
    (TimeoutError, "The mail server did not answer in time."),
    (OSError, "The mail server could not be reached."),
)


def send(to: str, subject: str, body: str, name: str) -> str:
    """Send one e-mail; '' where the mail server took it, else why not, in a sentence.

    `name` is the same on every try, so that a mail program can tell a repetition.
    """
    if not settings.HAS_MAIL_SERVER:
        return NO_SERVER
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")
    message = EmailMessage(
        subject,
        body,
        to=[to],
        headers={
            "Message-ID": f"<{name}@{domain or 'localhost'}>",
            # No out-of-office reply to an alert: https://www.rfc-editor.org/rfc/rfc3834
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        message.send()
    except Exception as exc:
        reason = next((text for kind, text in _REASONS if isinstance(exc, kind)), "")
        if not reason:
            logger.exception("An e-mail could not be written.")
            return f"The e-mail could not be written: {type(exc).__name__}."
        return reason + _answer(exc)
    return ""


def _answer(exc: Exception) -> str:
    """The code that the mail server gave, for whoever wants to look it up."""
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return "".join(f" (SMTP {code})" for code, _ in list(exc.recipients.values())[:1])
    code = exc.smtp_code if isinstance(exc, smtplib.SMTPResponseException) else 0
    return f" (SMTP {code})" if code else ""
