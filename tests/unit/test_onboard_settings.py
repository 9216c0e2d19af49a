"""Answers to the settings file, to the byte; how it takes the place of another."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from novosky.config.schema import Config
from novosky.disk.files import observed_by
from novosky.errors import ConfigError, NovoskyError
from novosky.trading.onboarding.answers import Answers
from novosky.trading.onboarding.answers_file import answers_of
from novosky.trading.onboarding.judged import read_judged
from novosky.trading.onboarding.local_file import local_text, replace_file, scalar
from novosky.trading.onboarding.proposed import proposed_answers
from novosky.trading.onboarding.settings import differing, settings_text
from novosky.trading.onboarding.trial import trial
from support.judged_revision import judged_revision

CONF = Path(__file__).resolve().parents[2] / "conf"
PLANTED = ("data=planted", "data.bars=9000", "labels.reference_spread_pct=0.0", "stage.signal.forest.trees=8")

PAPER = """\
# @package _global_
# Settings of this machine, written by `run.py mode=onboard`; run it again to change them.
# Trades v20260131-p3 by the settings it was judged with; after mode=pull of another answer again.
defaults:
  - override /broker: vt_markets
  - override /account: default
  - override /profile: "2"
  - override /terminal: simulated
  - override /notify: none
  - override /data: planted
  - override /news: none
  - override /features: core59_no_news
account:
  balance: 2000.0
  position_mode: hedging
data:
  bars: 9000
labels:
  reference_spread_pct: 0.0
stage:
  signal:
    forest:
      trees: 8
"""

DRY = """\
# @package _global_
# Settings of this machine, written by `run.py mode=onboard`; run it again to change them.
defaults:
  - override /broker: vt_markets_cent
  - override /account: cent
  - override /profile: "1"
  - override /terminal: mt5linux
  - override /notify: apprise
  - override /news: none
account:
  balance: 150000.0
  position_mode: netting
terminal:
  login: 1234
  server: "VTMarkets-Live 3"
  host: "10.0.0.2"
trade:
  dry: true
notify:
  telegram:
    enabled: true
    chat_ids: [77, -100]
"""


def answers(**more: Any) -> Answers:
    least = {"broker": {"name": "vt_markets"}, "account": {"balance": 2000}, "loss": {"week": 200, "total": 500}}
    return answers_of({**least, **more})


def dry() -> Answers:
    return answers(
        broker={"name": "vt_markets_cent"},
        account={"kind": "cent", "balance": 150000, "position_mode": "netting"},
        trading={
            "where": "dry",
            "terminal": "mt5linux",
            "login": 1234,
            "server": "VTMarkets-Live 3",
            "host": "10.0.0.2",
        },
        notices={"to": "apprise", "telegram_chats": [77, -100]},
    )


def test_paper_with_the_settings_of_the_revision_to_the_byte(compose: Callable[..., Config], tmp_path: Path) -> None:
    judged = read_judged(judged_revision(tmp_path, compose(*PLANTED), [1.0, -1.0]))
    assert judged is not None
    with trial(CONF, ["mode=trade"]) as composed:
        text, config = settings_text(answers(), 2, judged, composed)
    assert text == PAPER
    assert (config.account.balance, config.profile.name, config.data.source) == (2000.0, "conservative", "planted")
    assert differing(config, judged) == []
    assert differing(compose("data=planted"), judged) == ["labels", "stage.signal"]


def test_dry_at_a_terminal_without_a_revision_to_the_byte() -> None:
    with trial(CONF, ["mode=trade"]) as composed:
        text, config = settings_text(dry(), 1, None, composed)
    assert text == DRY
    assert proposed_answers(config, has_file=True) == answers_of(
        {
            "broker": {"name": "vt_markets_cent"},
            "account": {"kind": "cent", "balance": 150000, "position_mode": "netting"},
            "loss": {"week": "8 %", "total": "20 %"},
            "trading": {
                "where": "dry", "terminal": "mt5linux", "login": 1234, "server": "VTMarkets-Live 3", "host": "10.0.0.2",
                "port": 18812,
            },
            "notices": {"to": "apprise", "telegram_chats": [77, -100]},
        }
    )  # fmt: skip
    assert proposed_answers(config, has_file=False) is None


def test_at_a_broker_the_bars_stay_the_terminals(compose: Callable[..., Config], tmp_path: Path) -> None:
    made = compose(*PLANTED, "data.timeframe=H1", "profile=2", "profile.risk_pct=1.2")
    judged = read_judged(judged_revision(tmp_path, made, [1.0, -1.0]))
    asked = answers(trading={"where": "dry", "terminal": "http"})
    with trial(CONF, ["mode=trade"]) as composed:
        text, config = settings_text(asked, 2, judged, composed)
        other, _ = settings_text(asked, 3, judged, composed)
    assert differing(config, judged) == []
    assert "data:\n  timeframe: H1\n" in text
    assert "override /data" not in text
    assert "profile:\n  risk_pct: 1.2\n" in text, "the revision's own profile as it was promoted"
    assert "risk_pct" not in other


def test_what_contradicts_itself_or_the_revision_is_refused(compose: Callable[..., Config], tmp_path: Path) -> None:
    judged = read_judged(judged_revision(tmp_path, compose(*PLANTED), [1.0]))
    contradictions = {
        r"whose worth is not known; add account\.conversion_rate": answers(account={"balance": 900, "currency": "EUR"}),
        r"trading\.bars=x: v20260131-p3 learned from planted bars": answers(trading={"bars": "x"}),
        r"trading\.calendar=x: v20260131-p3 reads no such file": answers(trading={"calendar": "x"}),
    }
    with trial(CONF, ["mode=trade"]) as composed:
        for words, asked in contradictions.items():
            with pytest.raises(ConfigError, match=words):
                settings_text(asked, 3, judged, composed)
    with (
        trial(CONF, ["mode=trade", "account.balance=99999"]) as composed,
        pytest.raises(
            ConfigError, match=r"account\.balance: answered 2000\.0, but it composes to 99999\.0; leave it away"
        ),
    ):
        settings_text(answers(), 3, judged, composed)


def test_a_revision_of_a_file_asks_for_its_bars(compose: Callable[..., Config], tmp_path: Path) -> None:
    judged = read_judged(judged_revision(tmp_path, compose("data=parquet", "data.path=x", "news=none"), [1.0]))
    with trial(CONF, ["mode=trade"]) as composed:
        with pytest.raises(ConfigError, match=r"trading\.bars: v20260131-p3 learned from a file \(parquet\)"):
            settings_text(answers(), 3, judged, composed)
        text, config = settings_text(answers(trading={"bars": "my bars.parquet"}), 3, judged, composed)
    assert differing(config, judged) == []
    assert '  path: "my bars.parquet"\n' in text


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="$\\", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS, st.lists(TEXTS)))
def test_what_is_written_is_read_back(value: Any) -> None:
    if isinstance(value, float) and math.isinf(value):
        return
    found = OmegaConf.to_container(OmegaConf.create(f"a: {scalar(value)}"))
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_a_file_is_replaced_and_the_old_one_kept(tmp_path: Path) -> None:
    file = tmp_path / "local" / "default.yaml"
    assert replace_file(file, "one\n", "20260131T000000Z") is None
    first = replace_file(file, "two\n", "20260131T000000Z")
    second = replace_file(file, "three\n", "20260131T000000Z")
    assert first is not None
    assert second is not None
    assert [path.read_text() for path in (file, first, second)] == ["three\n", "one\n", "two\n"]
    assert first.name == "default.yaml.20260131T000000Z.bak"
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([file.name, first.name, second.name])


@pytest.mark.parametrize("at", range(12))
def test_a_crash_leaves_the_old_or_the_new(tmp_path: Path, at: int) -> None:
    file = tmp_path / "default.yaml"
    file.write_text("old\n")
    told: list[str] = []

    def crash(moment: str, operation: str, path: Path) -> None:
        told.append(f"{moment} {operation} {path.name}")
        if len(told) == at + 1:
            raise OSError(28, "No space left on device", str(path))

    with observed_by(crash):
        if at + 1 <= 8:  # the copy, the new file, the rename: three moments of each write
            with pytest.raises(NovoskyError, match="what stood stands"):
                replace_file(file, "new\n", "now")
        else:
            with suppress(NovoskyError):
                replace_file(file, "new\n", "now")
    assert file.read_text() in ("old\n", "new\n")
    if file.read_text() == "new\n":
        assert (tmp_path / "default.yaml.now.bak").read_text() == "old\n"


def test_text_of_nothing_but_groups() -> None:
    assert local_text({"profile": "2"}, {}).endswith('defaults:\n  - override /profile: "2"\n')
