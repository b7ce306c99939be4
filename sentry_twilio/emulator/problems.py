"""What Twilio answers when it refuses, and what it says of a message that did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Code: HTTP status and text, https://www.twilio.com/docs/api/errors
REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Unknown parameters"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20005: (403, "Account not active"),
    20008: (403, "Resource not accessible with Test Account Credentials"),
    20009: (409, "Resource not complete, the message is still on its way"),
    20403: (403, "Forbidden"),
    20404: (404, "The requested resource was not found"),
    20413: (413, "Request entity too large"),
    20415: (415, "Content type must be application/x-www-form-urlencoded"),
    20422: (422, "Invalid parameter"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Number"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (
        403,
        "Permission to send an SMS has not been enabled for the region of the 'To' number",
    ),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required to send a message"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number is not a valid, message-capable Twilio phone number"),
    21608: (403, "The 'To' phone number is unverified. Trial accounts cannot send to it"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The message cannot be sent with the current combination of 'To' and 'From'"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body, media URL or content SID must be specified"),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21624: (400, "Invalid validity period value"),
    21655: (400, "The ContentSid is invalid"),
    21659: (400, "'From' is not a Twilio phone number or Short Code country mismatch"),
    21661: (400, "'From' number is not SMS-capable"),
    21705: (400, "The Messaging Service is invalid"),
    21910: (400, "Invalid 'From' and 'To' pair: both should be of the same channel"),
    30409: (400, "This message cannot be canceled"),
    35111: (400, "SendAt timestamp is missing"),
    35114: (400, "Scheduling does not support this timestamp"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
    63038: (429, "Account exceeded the daily messages limit"),
}

# What a message resource says as error_message, https://www.twilio.com/docs/api/errors
DELIVERY_FAILURES: dict[int, str] = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30017: "Carrier network congestion",
    30022: "US A2P 10DLC - Rate Limits Exceeded",
    30023: "US A2P 10DLC - Daily Message Cap Reached",
    30032: "Toll-Free Number Has Not Been Verified",
    30033: "US A2P 10DLC - Campaign Suspended",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30035: "US A2P 10DLC - Message from a number still being configured",
    30036: "Validity Period Expired",
    30410: "Provider Timeout Error",
    30450: "Message delivery blocked",
    30453: "Message couldn't be delivered",
    30454: "Account exceeded the messages limit",
    30630: "Attempt to send to unsubscribed recipient",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal. `detail` names what was wrong with this request."""

    code: int
    detail: str = ""
    status: int | None = None
    message: str = ""

    @property
    def http_status(self) -> int:
        return self.status or REFUSALS.get(self.code, (400, ""))[0]

    def body(self) -> dict[str, Any]:
        """Twilio's error in JSON."""
        text = self.message or REFUSALS.get(self.code, (400, f"Error {self.code}"))[1]
        return {
            "code": self.code,
            "message": f"{text}: {self.detail}" if self.detail else text,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.http_status,
        }
