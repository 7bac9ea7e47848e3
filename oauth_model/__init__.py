"""The protocol, pure: parties as flows that yield effects, with time and identifiers handed in.

Start with `flows` (what a party may ask of the world), `resource_server.ResourceServer.handle`
(one request, top to bottom) and `strategies.base` (how one-time use is enforced).
"""
