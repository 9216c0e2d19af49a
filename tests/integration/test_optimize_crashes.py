"""A sample of the crash campaign: kills, full disks, power cuts; and two careless ways that fail it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from campaigns.crashes import Fall, at_every_moment, make_plan
from campaigns.power_cut import power_cuts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
STEPS = ("commit", "revert")


def test_sampled_moments_leave_the_old_or_the_new_state(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "plan", STEPS)
    for kind, every in (("kill", 31), ("full", 31), ("full_from", 31)):
        falls = at_every_moment(plan, kind, tmp_path, every)
        assert [fall for fall in falls if fall.wrong] == []
        words = {word for fall in falls for word in ("done now", "rolled back", "leftovers") if word in fall.words}
        assert words or kind != "kill"


def test_only_what_was_forced_to_disk_is_enough(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "plan", ("commit",))
    falls = [Fall(*fall) for fall in power_cuts(plan, tmp_path, 7)]
    assert len(falls) == -(-len(plan.moments) // 7) + 1  # and after the last step was told
    assert [fall for fall in falls if fall.wrong] == []


@pytest.mark.parametrize("way", ["copied_in_place", "renamed_without_journal"])
def test_a_careless_way_is_found_out(way: str, tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "plan", ("commit",), way=way)
    falls = at_every_moment(plan, "kill", tmp_path, 5)
    assert any(fall.wrong.startswith("mixed") for fall in falls)
