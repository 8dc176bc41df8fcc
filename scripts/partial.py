"""A file on its way: `NAME.part`, and beside it a note of which version it is the beginning of."""

import json
import os
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Version:
    """What a server says about the file behind a URL."""

    url: str
    size: int | None
    """Bytes, if the server says."""
    tag: str | None
    """A strong ETag, else Last-Modified: what `If-Range` takes. Without one: no resuming."""

    @classmethod
    def announced(cls, url: str, size: int | None, headers: Message) -> "Version":
        etag, modified = headers["ETag"], headers["Last-Modified"]
        strong = etag is not None and etag.startswith('"')
        tag = etag if strong else modified
        return cls(url, size, tag if is_header_value(tag) else None)

    def contradicted_by(self, size: int | None, headers: Message) -> bool:
        """Whether a continuation with these headers is one of another file."""
        name = "ETag" if self.tag is not None and self.tag.startswith('"') else "Last-Modified"
        return self.size not in (None, size) or headers.get(name, self.tag) != self.tag


def is_header_value(tag: Any) -> bool:
    return isinstance(tag, str) and tag != "" and tag.isascii() and tag.isprintable()


class Partial:
    """The part of a file that has arrived; it takes the file's name only when complete."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes on disk; 0 where there is no such file."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def version(self, url: str) -> Version | None:
        """Which version at that URL this is the beginning of; None if nothing says so."""
        try:
            values = json.loads(self.note.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, RecursionError):
            return None
        if not isinstance(values, dict) or values.get("url") != url:
            return None
        size, tag = values.get("size"), values.get("tag")
        known = type(size) is int and size >= self.size
        if not (known or size is None) or not (tag is None or is_header_value(tag)):
            return None
        return Version(url, size, tag)

    def begin(self, version: Version) -> None:
        """Empty the file, then note the version: never bytes of one under the note of another."""
        with self.path.open("wb"):
            self.note.write_text(json.dumps(asdict(version)), encoding="utf-8")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the file its name, replacing in one step what has it."""
        with self.path.open("rb+") as stream:
            os.fsync(stream.fileno())
        self.path.replace(self.target)
        self.note.unlink(missing_ok=True)
