"""What of the web is spoken here: http and https, and nothing a server may redirect to besides."""

import re
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from results.errors import ConfigError

SCHEMES = ("https", "http")


def require_web_folder(url: str) -> None:
    """Raise ConfigError unless file names can be appended to this http or https URL."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(f"--url {url!r}: write spaces and special characters as %20 and the like")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        plain = not parts.query and not parts.fragment and parts.username is None
    except ValueError:  # brackets without an address, or a port that is no number
        usable = plain = False
    if not usable or not plain:
        raise ConfigError(
            f"--url {url}: must be a plain https://HOST/FOLDER or http://HOST/FOLDER, without '?', "
            "'#' and '@'"
        )


class WebRedirects(HTTPRedirectHandler):
    """Follows redirects to the web only, and none from https to http."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        allowed = SCHEMES[:1] if req.type == "https" else SCHEMES
        if urlsplit(newurl).scheme not in allowed:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def web_opener() -> OpenerDirector:
    """Opens http and https, through the environment's proxies; knows no file: or ftp:."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        WebRedirects(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def describe_status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def content_range(response: HTTPResponse) -> tuple[int | None, int | None]:
    """Where a continuation starts, and the size of the whole, in bytes."""
    given = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18})", given.strip())
    return (int(match[1]), int(match[2])) if match else (None, None)


def one_line(error: BaseException) -> str:
    """The error's message, short, and without what a server could write to a terminal with."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    line = " ".join(str(text).split())[:200]
    return "".join(sign if sign.isprintable() else "?" for sign in line)
