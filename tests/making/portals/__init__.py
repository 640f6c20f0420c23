"""Small local portals, one or more for each way in which a column is delivered, with the misbehaviours of real ones."""

from making.portals import deliveries, families, traps, trees, wrapped
from making.portals.serving import LocalPortal

__all__ = ["all_portals"]


def all_portals() -> tuple[LocalPortal, ...]:
    """Every local portal."""
    return (
        *families.portals(), *trees.portals(), *wrapped.portals(), *deliveries.portals(), *traps.portals(),
    )  # fmt: skip
