"""Remotes: a folder, an S3-compatible server, the address from DVC's own file, and what is refused in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.config.schema.revision import RemoteConfig
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.models.revision.remote import FolderRemote, S3Remote, open_remote
from support.revision_space import FIRST, RevisionSpace

KEYS = {"NOVOSKY_TEST_KEY": "a-key", "NOVOSKY_TEST_SECRET": "a-secret"}
SETTINGS = RemoteConfig(
    access_key_env="NOVOSKY_TEST_KEY", secret_key_env="NOVOSKY_TEST_SECRET", timeout_s=5.0
)  # names of variables


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3-compatible server with an empty bucket."""
    pytest.importorskip("obstore")
    moto = pytest.importorskip("moto.server")
    running = moto.ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


def filled(server: str, space: RevisionSpace) -> RemoteConfig:
    """The bucket with the files of the first revision, as `dvc push` leaves them."""
    import urllib.request

    import obstore

    urllib.request.urlopen(urllib.request.Request(f"{server}/bucket", method="PUT"), timeout=5)
    settings = replace(SETTINGS, url="s3://bucket/models", endpoint=server)
    remote = open_remote(settings, space.root)
    assert isinstance(remote, S3Remote)
    for facts in space.record(FIRST).files.values():
        key = f"files/md5/{facts.md5[:2]}/{facts.md5[2:]}"
        obstore.put(remote._store, key, space.object(facts.md5).read_bytes())
    return settings


@pytest.mark.usefixtures("keys")
def test_a_set_comes_from_an_s3_compatible_server(server: str, tmp_path: Path) -> None:
    space = RevisionSpace(tmp_path)
    settings = filled(server, space)
    record = space.record(FIRST)
    assert space.pull(record, open_remote(settings, tmp_path)) == len(record.files)
    with pytest.raises(DataError, match=r"s3://bucket/models at http://.*: has no files/md5/00/0+; .* dvc push"):
        open_remote(settings, tmp_path).read("0" * 32)
    other = replace(settings, url="s3://no-such-bucket/x")
    with pytest.raises(NovoskyError, match="no-such-bucket"):
        open_remote(other, tmp_path).read("0" * 32)


@pytest.mark.usefixtures("keys")
def test_a_server_that_does_not_answer_is_one_line_soon(tmp_path: Path) -> None:
    pytest.importorskip("obstore")
    settings = replace(SETTINGS, url="s3://bucket", endpoint="http://127.0.0.1:9", timeout_s=1.0)
    with pytest.raises(NovoskyError, match=r"could not be read \(.*\); nothing was changed") as refusal:
        open_remote(settings, tmp_path).read("0" * 32)
    assert "\n" not in str(refusal.value)
    assert "a-secret" not in str(refusal.value)


def test_the_address_of_dvc_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "store").mkdir()
    config = tmp_path / ".dvc" / "config"
    config.write_text("[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../store\n")
    found = open_remote(SETTINGS, tmp_path)
    assert isinstance(found, FolderRemote)
    assert found.folder.resolve() == (tmp_path / "store").resolve()
    (tmp_path / "mine").mkdir()
    (tmp_path / ".dvc" / "config.local").write_text(f"['remote \"storage\"']\n    url = {tmp_path / 'mine'}\n")
    assert open_remote(SETTINGS, tmp_path).where == str(tmp_path / "mine")
    assert open_remote(replace(SETTINGS, url=f"file://{tmp_path / 'store'}"), tmp_path).where == str(tmp_path / "store")
    config.write_text("remote without a section\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        open_remote(SETTINGS, tmp_path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (None, "remote.url: required with mode=pull"),
        ("/no/such/folder", "remote /no/such/folder: no such folder"),
        ("ftp://host/x", "expected a folder, file:///folder or s3://bucket/prefix"),
        ("s3://key:secret@bucket/x", "holds a user or a password"),
        ("s3://bucket/x", "remote.access_key_env=NOVOSKY_TEST_KEY: expected the name of an environment variable"),
    ],
)
def test_what_is_no_remote(tmp_path: Path, url: str | None, words: str) -> None:
    pytest.importorskip("obstore")
    with pytest.raises(NovoskyError, match=words) as refusal:
        open_remote(replace(SETTINGS, url=url), tmp_path)
    assert "secret@" not in str(refusal.value)
