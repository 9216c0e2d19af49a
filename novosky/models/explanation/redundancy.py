"""Which features say the same thing: hierarchical clusters by rank correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from novosky.evaluation.rank_correlation import rank_correlation
from novosky.market.bars import Floats
from novosky.models.explanation.tree_shap import optimize_library


def redundancy(rows: Floats, names: Sequence[str], importance: Floats, least_correlation: float) -> dict[str, Any]:
    """Clusters of two or more of the features of `rows` (n, features), the closest first.

    Average linkage on 1 - |Spearman's correlation|: members correlate by `least_correlation` or more on average, either
    sign. `importance` (features,) names the strongest of each.
    """
    if len(names) < 2:
        return {"rows": len(rows), "least_correlation": least_correlation, "clusters": []}
    correlation = np.abs(rank_correlation(rows))
    hierarchy = optimize_library("scipy.cluster.hierarchy")
    apart = np.clip(1.0 - correlation[np.triu_indices(len(names), 1)], 0.0, 1.0)
    own = hierarchy.fcluster(hierarchy.linkage(apart, "average"), 1.0 - least_correlation, "distance")
    clusters = [_cluster(np.flatnonzero(own == k), correlation, names, importance) for k in np.unique(own)]
    several = sorted((one for one in clusters if len(one["members"]) > 1), key=lambda one: -one["mean_correlation"])
    return {"rows": len(rows), "least_correlation": least_correlation, "clusters": several}


def _cluster(members: Any, correlation: Floats, names: Sequence[str], importance: Floats) -> dict[str, Any]:
    order = members[np.argsort(-importance[members], kind="stable")]
    pairs = correlation[np.ix_(order, order)][np.triu_indices(len(order), 1)]
    return {
        "strongest": names[order[0]],
        "members": [names[k] for k in order],
        "mean_correlation": float(pairs.mean()) if len(pairs) else 1.0,
        "least_correlation": float(pairs.min()) if len(pairs) else 1.0,
    }
