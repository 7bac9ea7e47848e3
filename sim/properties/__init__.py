"""The properties a run can be checked for: one file per family, one registry."""

from sim.properties.audiences import (
    AudienceAsAsked,
    AudienceInOneForm,
    IdTokenForTheClient,
    SameAudienceAfterRefresh,
    TokenNamesItsServer,
)
from sim.properties.base import PROPERTIES, Property, Verdict, prop
from sim.properties.confinement import AudienceConfinement, StoredAnswerForItsClient
from sim.properties.effects import (
    AtMostOneEffectPerIntention,
    AtMostOneEffectPerToken,
    EveryIntentionServed,
    RefusedOnlyWhenDone,
)
from sim.properties.grants import (
    FailedRequestConsumesNothing,
    FailedRequestRevokesNothing,
    InvalidGrantOnlyForDeadGrants,
    OneLoginForAllServers,
    OneTokenPerCode,
    RefreshChangesNothing,
    RefreshTokenForTheWholeGrant,
)
from sim.properties.linearizability import SingleUseLinearizable
from sim.properties.obligations import OriginalTokenRestored, SingleUseWithoutRefreshToken

__all__ = [
    "PROPERTIES",
    "AtMostOneEffectPerIntention",
    "AtMostOneEffectPerToken",
    "AudienceAsAsked",
    "AudienceConfinement",
    "AudienceInOneForm",
    "EveryIntentionServed",
    "FailedRequestConsumesNothing",
    "FailedRequestRevokesNothing",
    "IdTokenForTheClient",
    "InvalidGrantOnlyForDeadGrants",
    "OneLoginForAllServers",
    "OneTokenPerCode",
    "OriginalTokenRestored",
    "Property",
    "RefreshChangesNothing",
    "RefreshTokenForTheWholeGrant",
    "RefusedOnlyWhenDone",
    "SameAudienceAfterRefresh",
    "SingleUseLinearizable",
    "SingleUseWithoutRefreshToken",
    "StoredAnswerForItsClient",
    "TokenNamesItsServer",
    "Verdict",
    "prop",
]
