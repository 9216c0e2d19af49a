"""The table in docs/features.md; `python -m novosky.features.reference` prints it."""

from __future__ import annotations

from novosky.features.registry import all_features

M15_MS = 15 * 60_000


def feature_table() -> str:
    """Every registered feature as a markdown table, in the order of declaration; warm-up in M15 bars."""
    rows = ["| name | meaning | warm-up | tolerance |", "|---|---|---:|---:|"]
    for feature in all_features().values():
        meaning = feature.doc.replace("|", "\\|")
        rows.append(f"| `{feature.name}` | {meaning} | {feature.warmup(M15_MS)} | {feature.tolerance:g} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(feature_table())  # noqa: T201 - this is what the command is for
