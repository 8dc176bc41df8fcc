"""Download of one TIFF over HTTP: resumed where it was cut, named only when complete."""

import errno
import shutil
import time
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request

from rich.filesize import decimal

from core.data.tiff import read_stack
from results.errors import DataError, StudyError
from scripts.partial import Partial, Version
from scripts.web import content_range, describe_status, one_line, web_opener

PAGE = "https://www.epfl.ch/labs/cvlab/data/data-em/"
ELSEWHERE = f"see {PAGE}, or name a mirror with --url"

CHUNK = 1 << 18
"""Bytes read at once, at most."""
BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 1.0, 30.0
"""Before the first retry, doubled for each further one; never longer than the second."""
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""TIFF and BigTIFF of either byte order."""
PASSING = {408, 425, 429, 500, 502, 503, 504}
"""HTTP statuses that another attempt may not meet."""


class DownloadError(StudyError):
    """A file cannot be had, or not be stored."""


class Cut(Exception):
    """This attempt has ended early; another may go on."""


class Watcher(Protocol):
    """Who is told how it goes."""

    def begin(self, name: str, done: int, size: int | None) -> None: ...
    def advance(self, count: int) -> None: ...
    def say(self, text: str) -> None: ...


class Downloader:
    """Fetches files one after the other, each attempt going on where the last one was cut."""

    def __init__(self, watcher: Watcher, *, retries: int, timeout: float) -> None:
        self.watcher, self.retries, self.timeout = watcher, retries, timeout
        self.opener = web_opener()
        self.reached = False

    def download(self, url: str, target: Path) -> None:
        """Fetch the TIFF at the URL (http or https) to that path.

        Raises:
            DownloadError: one line that says why not; what has arrived stays in `NAME.part`.
        """
        partial = Partial(target)
        for attempt in range(self.retries + 1):
            try:
                self._attempt(url, partial)
                return
            except Cut as cut:
                if attempt == self.retries:
                    raise DownloadError(
                        f"{target.name}: {cut}; gave up after {attempt + 1} attempt(s), the same "
                        "command tries again"
                    ) from cut
                seconds = min(BACKOFF_SECONDS * 2 ** min(attempt, 10), LONGEST_BACKOFF_SECONDS)
                self.watcher.say(
                    f"{target.name}: {cut}; retry {attempt + 1} of {self.retries} in {seconds:g} s"
                )
                time.sleep(seconds)
            except OSError as error:
                raise DownloadError(storage_trouble(error, partial)) from error

    def _attempt(self, url: str, partial: Partial) -> None:
        version, done = partial.version(url), partial.size
        if version is None or done == 0 or done != version.size:
            resumable = version is not None and version.tag is not None and done > 0
            self._transfer(url, partial, version if resumable else None)
        try:
            read_stack(partial.path)
        except DataError as error:
            partial.discard()
            raise DownloadError(
                f"{url}: what arrived is deleted, it is not a whole TIFF stack ({error}); "
                f"try again later, {ELSEWHERE}"
            ) from error
        partial.finish()

    def _transfer(self, url: str, partial: Partial, version: Version | None) -> None:
        """Fetch what is missing: the rest of that version, or the whole file."""
        done = partial.size
        with self._ask(url, version, partial) as response:
            if response.status == HTTPStatus.PARTIAL_CONTENT and version is not None:
                start, size = content_range(response)
                if start != done or version.contradicted_by(size, response.headers):
                    partial.discard()
                    raise Cut("it was changed at the server meanwhile, all of it is fetched anew")
                head, fresh = b"", None
            elif response.status == HTTPStatus.OK:
                size = response.length
                head = self._head(url, response)
                fresh = Version.announced(url, size, response.headers)
            else:
                status = describe_status(response.status)
                raise DownloadError(f"{url}: the server answered {status}; {ELSEWHERE}")
            require_space(partial.target, None if size is None else size - done)
            if fresh is not None:
                if done:
                    self.watcher.say(
                        f"{partial.path.name}: not the beginning of what is at the server now, or "
                        "the server cannot resume; all of it is fetched anew"
                    )
                partial.begin(fresh)
                done = 0
            self._store(response, head, partial, done, size)

    def _ask(self, url: str, version: Version | None, partial: Partial) -> HTTPResponse:
        """The answer to a request for the file, or, of a known version, for its missing rest."""
        request = Request(url, headers={"User-Agent": "stochasticity-study"})
        if version is not None:
            request.add_header("Range", f"bytes={partial.size}-")
            request.add_header("If-Range", str(version.tag))
        try:
            response = self.opener.open(request, timeout=self.timeout)
        except HTTPError as error:
            self.reached = True
            with error:
                raise refusal(url, error, partial) from error
        except ValueError as error:
            raise DownloadError(f"{url}: cannot be asked for ({one_line(error)})") from error
        except URLError as error:
            reason = error.reason if isinstance(error.reason, OSError) else error
            if self.reached:
                raise Cut(f"the server is out of reach ({one_line(reason)})") from error
            raise DownloadError(
                f"{url}: the server cannot be reached ({one_line(reason)}); check the connection, "
                f"{ELSEWHERE}"
            ) from error
        except (OSError, HTTPException) as error:
            raise Cut(self._trouble(error)) from error
        assert isinstance(response, HTTPResponse)
        self.reached = True
        return response

    def _head(self, url: str, response: HTTPResponse) -> bytes:
        """The first bytes, four at least, before anything on disk is touched.

        Raises:
            DownloadError: they are not those of a TIFF: an error or login page, for example.
        """
        size = response.length
        head = b""
        while len(head) < 4 and (more := self._read(response, CHUNK)):
            head += more
        if size is not None and len(head) < min(4, size):
            raise Cut(f"the connection was cut after {decimal(len(head))} of {decimal(size)}")
        if not head.startswith(MAGIC):
            raise DownloadError(
                f"{url}: not a TIFF, it begins with {head[:20]!r}; a browser shows whether it "
                f"is a page that says why; {ELSEWHERE}"
            )
        return head

    def _store(
        self, response: HTTPResponse, head: bytes, partial: Partial, done: int, size: int | None
    ) -> None:
        """Append what arrives, until `size` bytes are there."""
        self.watcher.begin(partial.target.name, done, size)
        with partial.path.open("ab") as stream:
            chunk = head or self._read(response, CHUNK)
            while chunk:
                stream.write(chunk)
                done += len(chunk)
                self.watcher.advance(len(chunk))
                chunk = b"" if done == size else self._read(response, CHUNK)
        if size is not None and done != size:
            raise Cut(f"the connection was cut after {decimal(done)} of {decimal(size)}")

    def _read(self, response: HTTPResponse, count: int) -> bytes:
        """What has arrived, at most `count` bytes; empty at the end."""
        try:
            return response.read1(count)
        except (OSError, HTTPException, ValueError) as error:
            raise Cut(self._trouble(error)) from error

    def _trouble(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"nothing arrived for {self.timeout:g} s"
        return f"the connection was cut ({one_line(error)})"


def refusal(url: str, error: HTTPError, partial: Partial) -> Exception:
    """What a status of 300 or more means for the download."""
    status = describe_status(error.code)
    if error.code in PASSING:
        return Cut(f"the server answered {status}")
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        size = partial.size
        partial.discard()
        return DownloadError(
            f"{url}: the file has no more than {decimal(size)}, though more was announced; what "
            "had arrived is deleted, the same command starts over"
        )
    if 300 <= error.code < 400:
        where = str(error.headers.get("Location"))[:200]
        return DownloadError(
            f"{url}: answered {status} to {where!r}, which is not followed; {ELSEWHERE}"
        )
    return DownloadError(f"{url}: the server answered {status}; {ELSEWHERE}")


def require_space(target: Path, needed: int | None) -> None:
    """Raise DownloadError if the disk has fewer free bytes than needed."""
    free = shutil.disk_usage(target.parent).free
    if needed is not None and needed > free:
        raise DownloadError(
            f"{target.parent}: disk full, {target.name} needs {decimal(needed)} more and "
            f"{decimal(free)} are free; make room, or name another DIRECTORY"
        )


def storage_trouble(error: OSError, partial: Partial) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{partial.path}: disk full ({one_line(error)}); make room, or name another DIRECTORY"
        )
    where = error.filename or partial.path
    return f"{where}: cannot be used ({one_line(error)}); mend that, or name another DIRECTORY"
