"""Rich Authorization Requests (RFC 9396): what exactly was authorised, and whether it is enough.

At the authorization server: `parse_details`, `select_details`. At a resource server: `conforming`
reads a token's, `call_detail` says which right a request exercises, `covers` compares. To add a
type: `TYPES["my_type"] = DetailType({...})`.
"""

from oauth_model.rar.details import (
    Detail,
    Details,
    conforming,
    dump_details,
    locations_of,
    parse_details,
)
from oauth_model.rar.rights import Need, call_detail, covers, details_within, select_details
from oauth_model.rar.types import TYPES, DetailType

__all__ = [
    "TYPES",
    "Detail",
    "DetailType",
    "Details",
    "Need",
    "call_detail",
    "conforming",
    "covers",
    "details_within",
    "dump_details",
    "locations_of",
    "parse_details",
    "select_details",
]
