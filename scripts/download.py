"""Download of one TIFF over HTTP: resumed where it was cut, named only when it is whole."""

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path

import requests
from rich.progress import Progress, TaskID

from core.data.tiff import read_stack
from results.errors import DataError, StudyError

CHUNK = 1 << 14
"""So many bytes are read at once; a cut connection costs at most these."""
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Each further attempt waits so many seconds."""
TIMEOUT = 30.0
"""A server that sends nothing is waited for so many seconds."""
HEADERS = {"User-Agent": "stochasticity-study", "Accept-Encoding": "identity"}


class DownloadError(StudyError):
    """A file cannot be had, or cannot be stored."""


def download(url: str, target: Path, say: Callable[[str], None], bars: Progress) -> None:
    """Fetch the TIFF stack at an http or https address to a path.

    What has arrived lies in `NAME.VERSION.part`. The version is a hash of the address and of the
    size and the tag that the server announces, so bytes of two versions never meet in one file.

    Args:
        url: address of the file.
        target: gets its name in one step, when all of it is there and can be read.
        say: takes a line about an attempt that failed.
        bars: shows what arrives.

    Raises:
        DownloadError: one line that says why not; what has arrived is kept for the next time.
    """
    try:
        part = complete_part(url, target, say, bars)
        require_whole(part, url)
        part.replace(target)
        for other in target.parent.glob(f"{target.name}.*.part"):
            other.unlink()
    except (OSError, ValueError) as error:  # RequestException is an OSError
        raise DownloadError(
            f"{target}: cannot be had from {url} ({brief(error)}); what arrived is kept, the same "
            "command goes on, --url names a mirror"
        ) from error


def require_whole(part: Path, url: str) -> None:
    """Delete what is no TIFF stack, and raise DownloadError."""
    try:
        read_stack(part)
    except DataError as error:
        part.unlink()
        raise DownloadError(
            f"{url}: what arrived is deleted, it is not a whole TIFF stack ({error}); look at the "
            "address in a browser, or name a mirror with --url"
        ) from error


def complete_part(url: str, target: Path, say: Callable[[str], None], bars: Progress) -> Path:
    """Try again and again, until all bytes of one version are there."""
    bar = bars.add_task(target.name, total=None)
    with requests.Session() as session:
        session.headers.update(HEADERS)
        if url.startswith("https:"):
            del session.adapters["http://"]  # no redirect may give up encryption
        for wait in WAITS:
            try:
                return attempt(session, url, target, bars, bar)
            except requests.RequestException as error:
                if not is_passing(error):
                    raise
                say(f"{target.name}: {brief(error)}; trying again in {wait:g} s")
                time.sleep(wait)
        return attempt(session, url, target, bars, bar)


def attempt(session: requests.Session, url: str, target: Path, bars: Progress, bar: TaskID) -> Path:
    """Fetch what is missing of the version that the server has now."""
    with session.get(url, stream=True, timeout=TIMEOUT) as answer:
        answer.raise_for_status()
        size, tag = int(answer.headers.get("Content-Length", 0)), tag_of(answer)
        version = hashlib.sha256(repr((url, size, tag)).encode()).hexdigest()[:8]
        part = target.with_name(f"{target.name}.{version}.part")
        done = part.stat().st_size if tag and size and part.exists() else 0
        if done and done == size:
            return part
        if done:
            missing = {"Range": f"bytes={done}-", "If-Range": str(tag)}
            rest = session.get(url, headers=missing, stream=True, timeout=TIMEOUT)
            span = f"bytes {done}-{size - 1}/{size}"
            if rest.headers.get("Content-Range") == span and tag_of(rest) in (tag, None):
                answer = rest
            else:  # the server cannot resume, or has another version by now
                done = 0
        bars.reset(bar, total=size or None, completed=done)
        with part.open("ab" if done else "wb") as stream:
            for chunk in answer.iter_content(CHUNK):
                stream.write(chunk)
                bars.advance(bar, len(chunk))
        return part


def tag_of(answer: requests.Response) -> str | None:
    """Find what tells one version from another: a strong ETag, else the date."""
    etag = answer.headers.get("ETag", "")
    return etag if etag.startswith('"') else answer.headers.get("Last-Modified")


def is_passing(error: requests.RequestException) -> bool:
    """Tell whether another attempt may succeed: after a cut, a silence, or a busy server."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code in (408, 425, 429, 500, 502, 503, 504)
    cut = (requests.Timeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    return isinstance(error, cut)


def brief(error: Exception) -> str:
    """Find the cause in an error of requests, which wraps it in several others."""
    text = " ".join(str(error).split())
    cause = re.search(r"\[Errno -?\d+\] ([\w ]+)|timed out|certificate verify failed", text)
    return (cause[1] or cause[0]) if cause else text.partition(" for url: ")[0][:200]
