"""The properties a run can be checked for: one file per family, one registry."""

from sim.properties.base import PROPERTIES, Property, Verdict, prop
from sim.properties.confinement import AudienceConfinement
from sim.properties.effects import (
    AtMostOneEffectPerIntention,
    AtMostOneEffectPerToken,
    EveryIntentionServed,
)
from sim.properties.linearizability import SingleUseLinearizable
from sim.properties.obligations import OriginalTokenRestored, SingleUseWithoutRefreshToken

__all__ = [
    "PROPERTIES",
    "AtMostOneEffectPerIntention",
    "AtMostOneEffectPerToken",
    "AudienceConfinement",
    "EveryIntentionServed",
    "OriginalTokenRestored",
    "Property",
    "SingleUseLinearizable",
    "SingleUseWithoutRefreshToken",
    "Verdict",
    "prop",
]
