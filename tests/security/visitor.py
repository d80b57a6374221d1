"""A browser without a window: cookies, forms and redirects over real HTTP."""

from __future__ import annotations

from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.security.htmlforms import TOKEN, forms_of


class Visitor:
    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar))

    @property
    def session(self) -> str:
        return next(cookie.value or "" for cookie in self.jar if cookie.name == "session")

    def get(self, path: str, **headers: str) -> str:
        return self._open(Request(urljoin(self.url, path), headers=headers))

    def post(self, path: str, body: bytes, **headers: str) -> str:
        return self._open(Request(urljoin(self.url, path), data=body, headers=headers))

    def fill(self, path: str, action: str, **values: str) -> str:
        """Send the form of a page that goes to this address, with these values."""
        page = self.get(path)
        form = next(form for form in forms_of(path, page) if form.action == action)
        token = page.partition(f'name="{TOKEN}" value="')[2].partition('"')[0]
        sent = {one.name: one.value.strip() for one in form.fields} | values | {TOKEN: token}
        return self.post(action, urlencode(sent).encode(), Origin=self.url)

    def _open(self, request: Request) -> str:
        """The text of the answer, also of one that refuses."""
        try:
            with self.opener.open(request, timeout=20) as answer:
                text: str = answer.read().decode()
        except HTTPError as error:
            return error.read().decode()
        return text
