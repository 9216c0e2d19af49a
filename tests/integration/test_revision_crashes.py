"""A sample of the campaign of revisions: kills, full disks, power cuts; and a careless way that fails it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from campaigns.revisions import at_every_moment, at_instants, make_plan, power_cuts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork and SIGKILL")
STEPS = ("promote 0", "promote 1", "fetch 0")


def test_sampled_moments_leave_the_old_or_the_new_revision(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "plan", STEPS)
    for kind in ("kill", "full", "full_from"):
        falls = at_every_moment(plan, kind, tmp_path, 37)
        assert [fall for fall in falls if fall.wrong] == []
        assert len(falls) > 3
    assert [fall for fall in at_instants(plan, 3, tmp_path) if fall.wrong] == []


def test_only_what_was_forced_to_disk_is_enough(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "plan", ("promote 0", "promote 1"))
    falls = power_cuts(plan, tmp_path, 11)
    assert len(falls) > 10
    assert [fall for fall in falls if fall.wrong] == []


def test_a_careless_way_is_found_out(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "plan", ("promote 0", "promote 1"), way="careless")
    falls = at_every_moment(plan, "kill", tmp_path, 17)
    assert any(fall.wrong.startswith("mixed") for fall in falls)
