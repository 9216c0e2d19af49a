"""What a bare `run.py` prints. Imports nothing heavy: it must appear at once."""

from __future__ import annotations

MODES = {
    "run": "the whole job: data, train, backtest, report",
    "data": "fetch or generate the market, validate it, write a snapshot, print its quality",
    "train": "train the model stages in order, on the window `train` only",
    "tune": "search better settings of a stage on forward folds inside `train`; resumable",
    "analyze": "what the models look at: SHAP by stage, class and voter, permutation importance, redundancy",
    "backtest": "run the decision chain over a window: metrics, score, trades, report",
    "sweep": "many settings that need no training, judged on the window `sweep`; the best is written down",
    "optimize": "the loop: analyze, tune, retrain, judge on `gate`, keep or revert; N times",
    "weekly": "the whole week by itself: data, search, sweep, gate, keep or roll back, promote, report, notice",
    "promote": "publish the kept set as a revision: verify, move the pointer, write its record",
    "pull": "fetch a revision without DVC, hold it against its record, move the pointer",
    "revisions": "list the revisions: date, figures, looks, which one trades, which are here",
    "trade": "the bot: what was backtested, at a terminal; paper unless one is named",
    "audit": "look-ahead, warm-up, leakage, parity and determinism checks on your own config",
    "reproduce": "rebuild a recorded run from its folder, or name the first difference",
    "compare": "two or more recorded runs side by side, or the iterations of loops",
    "monitor": "live results against limits and against what the revision promised; exit 1 if one alarms",
    "dashboard": "the bot at a glance, in the terminal or as a local page (dashboard.view=web)",
    "sync": "where your settings differ from the model set's, another checkout's or a git revision's; exit 1 if so",
    "notify": "send a message by hand to the services of notify=apprise",
    "onboard": "six questions: which profile, in money; writes conf/local/default.yaml and asks the doctor",
    "agent": "a role with a scope lock drives other modes, by a script or a program that is asked",
    "doctor": "ready to trade? machine, models, connection, clock, symbol, account, limits; exit 1 if not",
}

_GUIDE = """\
NOVOSKY trains, checks and trades machine-learning models on MetaTrader 5, without fooling yourself.

Start here
  run.py experiment=quickstart                        everything once, on a generated market
  run.py experiment=real_btcusd data.path=BARS        the same on your own parquet bars
  run.py mode=backtest profile=1 broker=vt_markets    careful profile, another broker's costs

Modes: run.py mode=...
{modes}

Settings are one tree of files under conf/: pick a file of a group (broker=exness, profile=4, data=csv) or set a key
(labels.horizon_bars=24). What is wrong is refused at once, with the mend.
  run.py mode=train --cfg job                         show the whole configuration, run nothing
  run.py -m mode=backtest profile=1,2,3               the same job once for each value
  run.py --hydra-help                                 the flags of the configuration engine

Results are under outputs/runs/<mode>/<time>/. Exit codes: 0 done, 1 the answer is no, 2 your input is wrong,
3 a fault in the program or outside, 130 stopped by Ctrl-C.
"""


def guide() -> str:
    """The guide, ready to print."""
    width = max(map(len, MODES)) + 2
    return _GUIDE.format(modes="\n".join(f"  {name:<{width}}{what}" for name, what in MODES.items()))
