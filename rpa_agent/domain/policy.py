"""How memory learns: Memp's strategies by name (Fang et al. 2025, arXiv 2508.06433), ours, and their figures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .frozen import Frozen

BuildPolicy = Literal["trajectory", "script", "proceduralization"]
RetrievePolicy = Literal["random", "query", "avefact", "hybrid"]
UpdatePolicy = Literal["vanilla", "validation", "adjustment", "guarded"]


class Learning(Frozen):
    """The table ``[learning]`` of rpa.toml. Everything but the defaults is there to be compared, not to be run at night.

    ``batch`` is the paper's t: memory is updated after so many runs. ``guarded`` takes every run in at once.
    """

    build: BuildPolicy = "proceduralization"
    retrieve: RetrievePolicy = "hybrid"                     # what `rpa memory search` looks by; runs know their procedure
    k: int = Field(3, ge=1, le=100)                         # ... and how many it names
    update: UpdatePolicy = "guarded"
    batch: int = Field(1, ge=1, le=1000)
    clean_runs: int = Field(2, ge=1, le=100)            # a candidate becomes active after so many
    faults_in_a_row: int = Field(2, ge=1, le=100)       # an active version becomes suspect after so many own faults
    retire_runs: int = Field(5, ge=1, le=1000)          # no version is retired before so many runs that count
    retire_sure: float = Field(0.90, gt=0.5, lt=1)
    active_per_site: int = Field(200, ge=1, le=1_000_000)   # more of them: those not used for longest are not offered to others
    delete_rule: bool = False                           # the rule of the paper's code, for comparison
    delete_hits: int = Field(3, ge=1, le=1000)          # ... a memory that was used so often
    delete_below: float = Field(0.5, gt=0, le=1)        # ... and helped less often than this is dropped

    @property
    def looks_back(self) -> int:
        """The last runs of a version that it is judged by: more than every figure here asks for."""
        return 2 * max(100, self.retire_runs, self.delete_hits)
