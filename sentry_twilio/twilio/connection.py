"""An account's authenticated way to Twilio; what each group of actions builds on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from sentry_twilio.core import ApiClient, ApiResponse, ApiServerError
from sentry_twilio.core.client import Timeout
from sentry_twilio.core.session import BasicAuth
from sentry_twilio.twilio import regions

API_VERSION = "/2010-04-01"
MAX_PAGE_SIZE = 1000


class Connection(ApiClient):
    """Authenticates with the API key where one is given, otherwise with the Auth Token.

    The Account SID stays in the path either way. `region` and `edge` come together, and
    instead of a `base_url`; a ValueError says so.
    """

    plugin_name = "twilio"
    allow_redirects = False
    request_id_header = "Twilio-Request-Id"
    twilio_account_endpoint: ClassVar[str] = f"{API_VERSION}/Accounts/{{0}}"

    def __init__(
        self,
        account_sid: str,
        auth_token: str = "",
        *,
        api_key: str = "",
        api_secret: str = "",
        base_url: str = regions.BASE_URL,
        region: str = "",
        edge: str = "",
        timeout: Timeout | None = None,
        pool_size: int | None = None,
        pool_block: bool = True,
    ) -> None:
        super().__init__(regions.resolve(base_url, region, edge), pool_size, pool_block=pool_block)
        self.account_sid = account_sid
        self.api_key = api_key
        if timeout is not None:
            self.timeout = timeout
        self._account = self.twilio_account_endpoint.format(quote(account_sid, safe=""))
        self._authorize = (
            BasicAuth(api_key, api_secret) if api_key else BasicAuth(account_sid, auth_token)
        )

    def _fetch(self, path: str, params: Mapping[str, str] | None = None) -> ApiResponse:
        """A resource; `path` is absolute. Raises an `ApiError`."""
        response = self.get(path, params=params, auth=self._authorize)
        _resource(response)
        return response

    def _update(self, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """The resource as it is after the change. Raises an `ApiError`."""
        return _resource(self.post(path, data=fields, json=False, auth=self._authorize))

    def _pages(self, path: str, query: Mapping[str, str], page_size: int) -> Iterator[ApiResponse]:
        """The answers that make up a list, each asked for when it is wanted."""
        size = str(max(1, min(page_size, MAX_PAGE_SIZE)))
        following: Any = path
        params: Mapping[str, str] | None = {**query, "PageSize": size}
        while following:
            response = self._fetch(following, params)
            following, params = response.body.get("next_page_uri"), None
            yield response
            if following and not _is_of_the_api(following):
                # Following it would hand the credentials to whoever it names.
                raise ApiServerError("twilio named a next page outside of its API.")


def _is_of_the_api(uri: object) -> bool:
    return isinstance(uri, str) and uri.startswith(f"{API_VERSION}/")


def _resource(response: ApiResponse) -> dict[str, Any]:
    if not isinstance(response.body, dict):
        raise ApiServerError(
            "twilio answered with something that is no resource.",
            status=response.status,
            headers=response.headers,
            request_id=response.request_id,
        )
    return response.body
