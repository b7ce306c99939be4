"""What an account is and has. Nothing here sends anything."""

from __future__ import annotations

from typing import Any

from sentry_twilio.twilio.connection import MAX_PAGE_SIZE, Connection


class AccountResources(Connection):
    """Each raises an `ApiError`: 401 where the credentials are wrong, 403 where a restricted
    API key may not read this."""

    def get_account(self) -> dict[str, Any]:
        """The account's status, type (Trial or Full) and name, without its Auth Token.

        https://www.twilio.com/docs/iam/api/account
        """
        body: dict[str, Any] = self._fetch(f"{self._account}.json").body
        return {name: value for name, value in body.items() if name != "auth_token"}

    def get_balance(self) -> dict[str, Any]:
        """`account_sid`, `balance` (a decimal as a string) and `currency` (ISO 4217).

        A subaccount has none of its own: Twilio answers 404.
        """
        body: dict[str, Any] = self._fetch(f"{self._account}/Balance.json").body
        return body

    def find_number(self, number: str) -> dict[str, Any] | None:
        """The account's own phone number in E.164, with its `capabilities`; None: not its own.

        https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
        """
        path = f"{self._account}/IncomingPhoneNumbers.json"
        # Twilio takes the number for a pattern, so that others may match it too.
        for page in self._pages(path, {"PhoneNumber": number}, MAX_PAGE_SIZE):
            for row in page.body.get("incoming_phone_numbers") or ():
                if row.get("phone_number") == number:
                    found: dict[str, Any] = row
                    return found
        return None
