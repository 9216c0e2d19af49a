"""A DVC remote without DVC: files by their md5 in a folder, or in an S3-compatible store (extra `remote`).

DVC 3 keeps a file under `files/md5/`, the first two digits of its md5 a folder, the others its name.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from novosky.config.schema.revision import RemoteConfig
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.models.revision.dvc_config import dvc_remote

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_MOST_CONNECT_S = 5.0
_RETRIES = 2


class Remote(Protocol):
    """`read` raises DataError for a file that is not there, NovoskyError for a store that does not answer."""

    where: str

    def read(self, md5: str) -> bytes: ...


def open_remote(settings: RemoteConfig, project: Path) -> Remote:
    """The remote of the configuration, else that of the DVC project in the folder `project`.

    Raises ConfigError where none is set or its address is not understood, DataError for a folder that is not there.
    """
    url, endpoint, region = settings.url, settings.endpoint, settings.region
    if url is None and (found := dvc_remote(project)) is not None:
        url, endpoint, region = found.url, endpoint or found.endpoint, region or found.region
    if url is None:
        raise ConfigError(
            "remote.url: required with mode=pull, for .dvc/config names no default remote; add "
            "remote.url=s3://bucket/prefix or remote.url=<folder>"
        )
    parts = urlsplit(url)
    if "://" not in url or _DRIVE.match(url):
        return FolderRemote(Path(url).expanduser())
    if parts.scheme == "file":
        return FolderRemote(Path(unquote(parts.path)))
    if parts.scheme != "s3" or not parts.netloc:
        raise ConfigError(
            f"remote.url={parts.scheme}://...: expected a folder, file:///folder or s3://bucket/prefix; other DVC "
            "remotes are read by DVC itself (dvc pull)"
        )
    if "@" in parts.netloc:
        raise ConfigError(
            "remote.url: holds a user or a password; leave it away and name the environment variables that hold the "
            "keys: remote.access_key_env, remote.secret_key_env"
        )
    return S3Remote(parts.netloc, parts.path.strip("/"), endpoint, region, settings)


class FolderRemote:
    """A folder, maybe of another machine."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise DataError(f"remote {folder}: no such folder; check remote.url, or connect the disk")
        self.folder, self.where = folder, str(folder)

    def read(self, md5: str) -> bytes:
        try:
            return (self.folder / _key(md5)).read_bytes()
        except FileNotFoundError:
            raise _lacks(self.where, md5) from None
        except OSError as error:
            raise NovoskyError(
                f"remote {self.where}: {error.filename}: {error.strerror}; nothing was changed"
            ) from error


class S3Remote:
    """A bucket on Amazon or on any server that speaks its language; addressed by path, never by host name."""

    def __init__(
        self, bucket: str, prefix: str, endpoint: str | None, region: str | None, settings: RemoteConfig
    ) -> None:
        obstore = _obstore()
        self.where = f"s3://{bucket}/{prefix}" + (f" at {endpoint}" if endpoint else "")
        limit = timedelta(seconds=settings.timeout_s)
        connect = timedelta(seconds=min(settings.timeout_s, _MOST_CONNECT_S))
        options: dict[str, Any] = {"region": region or "us-east-1", "virtual_hosted_style_request": False}
        if endpoint is not None:
            options["endpoint"] = endpoint
        self._store = obstore.store.S3Store(
            bucket,
            prefix=prefix or None,
            config=options | _credentials(settings),
            client_options={"timeout": limit, "connect_timeout": connect, "allow_http": True},
            retry_config={"max_retries": _RETRIES, "retry_timeout": limit},
        )

    def read(self, md5: str) -> bytes:
        obstore = _obstore()
        try:
            return bytes(obstore.get(self._store, _key(md5)).bytes())
        except (FileNotFoundError, obstore.exceptions.NotFoundError):
            raise _lacks(self.where, md5) from None
        except Exception as error:  # whatever the store's client found: network, credentials, bucket
            raise NovoskyError(
                f"remote {self.where}: could not be read ({_first_line(error)}); nothing was changed: check "
                "remote.url, remote.endpoint, the keys and the network"
            ) from None


def _credentials(settings: RemoteConfig) -> dict[str, Any]:
    """Read now, kept nowhere; no names at all mean a public bucket."""
    names = (settings.access_key_env, settings.secret_key_env)
    if names == (None, None):
        return {"skip_signature": True}
    found = {}
    for key, name in zip(("access_key_id", "secret_access_key"), names, strict=True):
        value = os.environ.get(name or "")
        if not value:
            raise ConfigError(
                f"remote.{'access' if key == 'access_key_id' else 'secret'}_key_env={name}: expected the name of an "
                "environment variable that is set; set it (both to null: a public bucket)"
            )
        found[key] = value
    return found


def _obstore() -> Any:
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError as error:
        raise ConfigError(
            f"remote.url=s3://...: needs the library obstore ({error}); install it: uv sync --extra remote"
        ) from error
    return obstore


def _key(md5: str) -> str:
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def _lacks(where: str, md5: str) -> DataError:
    return DataError(f"remote {where}: has no {_key(md5)}; whoever promoted it sends it there: dvc push")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
