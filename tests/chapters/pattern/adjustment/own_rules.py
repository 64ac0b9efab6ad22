"""Rules of a study's own, for tests."""

import pandas as pd


def rule(code, order, direction, ground, when, force="may", **others):
    """The table of one rule of a study's own."""
    given = {"code": code, "order": order, "direction": direction, "ground": ground, "when": when, "force": force}
    return pd.DataFrame([given | {"english": f"{code} holds.", "chinese": f"{code}。"} | others])
