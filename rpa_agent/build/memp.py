"""Memp's build policies by name: what of a recorded procedure memory keeps (Fang et al. 2025, arXiv 2508.06433, section 4.2).

Build in the paper is ``Mem = SUM_t m_t, m_t = B(tau_t, r_t)``: an entry is made of a trajectory and its reward. Ours are
made of a demonstration, whose reward is one by definition. Without a model the script is told from the steps by rule.
"""

from __future__ import annotations

from typing import assert_never

from ..domain.policy import BuildPolicy
from ..domain.procedure import Procedure


def kept(document: Procedure, policy: BuildPolicy) -> Procedure:
    """Return what memory keeps of a procedure.

    * ``trajectory``: "the gold trajectory, verbatim": the steps alone, no words about them;
    * ``script``: "abstract steps" alone: know-how for a person or a model, and nothing that runs by itself;
    * ``proceduralization``: "the full retrieved trajectory and the script together", the default.
    """
    match policy:
        case "trajectory":
            return document.but(script="", facts=())
        case "script":
            return document.but(steps=(), pages={})
        case "proceduralization":
            return document
        case _:
            assert_never(policy)
