"""Answers from a file: the example of the page, and what is refused in which words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema.terminal import TERMINALS
from novosky.errors import ConfigError
from novosky.trading.onboarding.answers import Amount, Answers
from novosky.trading.onboarding.answers_file import SECTIONS, WAYS, answers_of, read_answers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "onboard.md"
LEAST: dict[str, Any] = {
    "broker": {"name": "vt_markets"},
    "account": {"balance": 2000},
    "loss": {"week": "5 %", "total": 300},
}


def answered(**sections: Any) -> Answers:
    """The least that must be answered, with these sections instead."""
    return answers_of({**LEAST, **sections})


def test_the_example_of_the_page_is_read(tmp_path: Path) -> None:
    example = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S) if "loss:" in block)
    (tmp_path / "answers.yaml").write_text(example)
    found = read_answers(tmp_path / "answers.yaml")
    assert found.broker.name == "vt_markets"
    for name, (_, readers) in SECTIONS.items():
        for key in readers:
            assert re.search(rf"\b{key}:", example), f"{name}.{key} is not in the example"


def test_what_is_left_away_has_its_default() -> None:
    found = answered()
    assert (found.account.kind, found.account.position_mode, found.trading.where) == ("standard", "hedging", "paper")
    assert (found.loss.week, found.loss.total, found.loss.profile) == (Amount(5.0, True), Amount(300.0), "auto")
    assert (found.loss.week.money(2000), found.loss.total.money(2000)) == (100.0, 300.0)
    assert found.notices.telegram_chats == ()
    assert answered(loss={"week": 1, "total": "5%", "profile": 2}).loss.profile == "2"
    assert answered(notices={"telegram_chats": [1, -100]}).notices.telegram_chats == (1, -100)
    assert answered(trading=None).trading.where == "paper"


def test_every_terminal_says_what_it_takes() -> None:
    assert {name for name in WAYS if name} == set(TERMINALS) - {"simulated"}


REFUSED = {
    "a cent broker": ({"broker": {"name": "vt_markets_cent"}}, r"vt_markets_cent is a cent account; answer kind: cent"),
    "cents": ({"account": {"balance": 900, "currency": "USC"}}, r"account\.currency=USC: that is a cent account"),
    "dollars": (
        {"account": {"balance": 9, "kind": "cent", "currency": "USD"}},
        r"currency=USD: a cent account counts in",
    ),
    "broker: unknown answer": ({"brokr": {}}, r"brokr: unknown answer; did you mean broker\?"),
    "a key": ({"account": {"balanc": 1}}, r"account\.balanc: unknown answer; did you mean balance\?"),
    "no near key": ({"loss": {"zzz": 1}}, r"loss\.zzz: unknown answer; there are week, total, profile"),
    "broker": (
        {"broker": {"name": "vt_market"}},
        r"broker\.name=vt_market: expected one of .*did you mean vt_markets\?",
    ),
    "no section": ({"account": None}, r"account\.balance: required, but not answered"),
    "not a section": ({"broker": "vt_markets"}, r"broker: expected the keys name, found vt_markets"),
    "text for a number": ({"account": {"balance": "much"}}, r"account\.balance=much: expected a number above 0"),
    "true for a number": ({"account": {"balance": True}}, r"account\.balance=True: expected a number above 0"),
    "infinite": ({"account": {"balance": float("inf")}}, r"account\.balance=inf: expected a number above 0"),
    "nothing lost": ({"loss": {"week": 0, "total": 5}}, r"loss\.week=0: expected a number above 0"),
    "too many percent": (
        {"loss": {"week": "101 %", "total": 5}},
        r"loss\.week=101: expected a number above 0, up to 100",
    ),
    "week above total": ({"loss": {"week": 5, "total": "0.1 %"}}, r"loss\.week=5: expected at most loss\.total=0\.1 %"),
    "total above balance": ({"loss": {"week": 5, "total": 2001}}, r"at most the balance of 2000 can be lost"),
    "profile": (
        {"loss": {"week": 1, "total": 2, "profile": 6}},
        r"loss\.profile=6: expected one of auto, 1, 2, 3, 4, 5",
    ),
    "where": ({"trading": {"where": "demo"}}, r"trading\.where=demo: expected one of paper, dry, live"),
    "no terminal": ({"trading": {"where": "live"}}, r"trading\.terminal: required with where: live"),
    "paper at a terminal": ({"trading": {"terminal": "http"}}, r"trading\.terminal=http: paper replays bars"),
    "url on paper": ({"trading": {"url": "http://x"}}, r"trading\.url: not asked for with where: paper"),
    "login over http": (
        {"trading": {"where": "dry", "terminal": "http", "login": 5}},
        r"trading\.login: not asked for with terminal: http",
    ),
    "half a login": (
        {"trading": {"where": "dry", "terminal": "metatrader5", "login": 5.5}},
        r"trading\.login=5\.5: expected a whole number",
    ),
    "bars at a broker": (
        {"trading": {"where": "dry", "terminal": "http", "bars": "x"}},
        r"trading\.bars=x: only paper replays a file",
    ),
    "interpolated": (
        {"trading": {"where": "dry", "terminal": "http", "url": "${oc.env:X}"}},
        r"trading\.url=\$\{oc\.env:X\}: \$\{\.\.\.\} does not enter",
    ),
    "chats": ({"notices": {"telegram_chats": "@me"}}, r"notices\.telegram_chats=@me: expected numbers of chats"),
    "crossed": ({"trades": {"at_least_a_week": 9, "at_most_a_week": 5}}, r"at_least_a_week=9: expected at most"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_its_name(name: str) -> None:
    sections, words = REFUSED[name]
    with pytest.raises(ConfigError, match=words):
        answered(**sections)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, r"cannot be read \(No such file"),
        ("broker: [", "not readable as YAML"),
        ("broker: {name: exness, name: ftmo}", "not readable as YAML"),
        ("- broker", r"answers: expected the keys broker, account"),
        ("", r"broker: required, but not answered"),
        ("broker: {name: exness}", r"account: required, but not answered"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    file = tmp_path / "answers.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=rf"answers\.yaml: {words}"):
        read_answers(file)
