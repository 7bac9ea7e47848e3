"""The pages behind a mailed link: `POST /links` mails one, `/action` is where it leads.

The order of the checks is the law: token (400), browser (403), then the one use, then the effect.
What a link scanner can do is a matter of `confirmation`: a GET that acts breaks RFC 9110 9.2.1
(GET is safe: whoever fetches a page asks for no change), and a mail gateway relies on that rule
when it opens every link of a mail before its reader does.

The token stands in a URL, which browsers keep in their history, servers log, and pages leak to
others in the Referer header field (RFC 6750 5.3; RFC 9700 4.2). The pages forbid the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from oauth_model.action_tokens import (
    ACTION_TOKEN_TYPE,
    KINDS,
    ActionToken,
    action_claims,
    read_action_token,
)
from oauth_model.allowed import check_allowed
from oauth_model.errors import InvalidRequest, InvalidToken, OAuthError
from oauth_model.flows import Flow, Note, Perform, Send
from oauth_model.jose import Keys, fingerprint
from oauth_model.messages import (
    NO_STORE,
    RETRY_SOON,
    Headers,
    Request,
    Response,
    json_response,
    with_query,
)
from oauth_model.parameters import Parameters, form_of, once_each
from oauth_model.strategies import (
    Challenge,
    First,
    InFlight,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Undecided,
    Use,
    decision,
)

#: on_click: opening the link acts. explicit: it shows a page, and only that page's form acts.
CONFIRMATIONS = ("on_click", "explicit")
#: The party that takes mail, and the URI of its messages.
MAILBOX, MESSAGES = "mailbox", "https://mailbox.example.com/messages"
#: How long the page waits until the mail is taken; whatever comes of it, its answer is the same.
MAIL_TIMEOUT_S = 10.0

PAGE: Headers = (("Content-Type", "text/html"), ("Referrer-Policy", "no-referrer"), *NO_STORE)
DONE = "done"
NOT_FOUND = Response(404)
NOT_ALLOWED = Response(405, (("Allow", "GET, HEAD, POST"),))  # RFC 9110 15.5.6


def page(status: int, text: str, headers: Headers = ()) -> Response:
    """A page for a person; its errors have no registered code, because no protocol reads them."""
    return Response(status, (*PAGE, *headers), f"<p>{escape(text)}</p>")


EXPIRED = page(400, "the link expired; ask for a new one")
#: RFC 9110 15.5.11: 410 says that what was here is gone on purpose and for good. That is what a
#: person whose link was used wants to be told apart from a mistyped one; no other 4xx says it.
REFUSALS: dict[type[Outcome], Response] = {
    Replay: page(410, "the link was used before; ask for a new one"),
    Challenge: page(400, "the link is not good enough; ask for a new one"),
    InFlight: page(409, "the link is being used at this moment", RETRY_SOON),
    Undecided: page(503, "nobody knows whether the link was used", RETRY_SOON),
}


@dataclass(frozen=True, slots=True)
class ActionConfig:
    """What the replicas share. Raises ValueError for an unknown setting.

    `kind`: what the links that it mails are for; it takes links of every kind. `accounts`: mail
    address → subject. `url`: where the pages stand. Who may ask for a link is not modelled.
    """

    url: str
    accounts: Mapping[str, str]
    issuer: str = "https://as.example.com"
    kind: str = "magic_link"
    confirmation: str = "on_click"
    signing_key: str = "as"
    leeway_s: float = 0.0

    def __post_init__(self) -> None:
        check_allowed(self, {"kind": KINDS, "confirmation": CONFIRMATIONS})


class ActionEndpoint:
    """One replica; `sessions` (cookie value → subject) is shared by all of them."""

    def __init__(
        self,
        config: ActionConfig,
        keys: Keys,
        strategy: Strategy,
        sessions: dict[str, str],
        clock: Callable[[], float],
        new_id: Callable[[str], str],
    ) -> None:
        self.config = config
        self.keys = keys
        self.strategy = strategy
        self.sessions = sessions
        self._verify = keys.verifier(config.signing_key).verify
        self._clock = clock
        self._new_id = new_id

    def handle(self, request: Request) -> Flow[Response]:
        """Answer a request; never raises."""
        path = urlsplit(request.url).path
        try:
            if (request.method, path) == ("POST", "/links"):
                return (yield from self._mail(form_of(request)))
            if path != "/action":
                return NOT_FOUND
            if request.method not in ("GET", "HEAD", "POST"):
                return NOT_ALLOWED
            return (yield from self._act(request))
        except OAuthError as error:
            return page(400, error.description)

    def _act(self, request: Request) -> Flow[Response]:
        value = presented(request)
        token = read_action_token(self._verify(value), self.config.issuer)
        self._check_lifetime(token)
        if KINDS[token.action].signed_in and self._who(request) != token.sub:
            return page(403, "sign in as the user whom the link is for")
        if used_by(request, self.config.confirmation):
            return (yield from self._consume(token, request))
        shown = Response(
            200, PAGE, FORM_PAGE.format(escape(KINDS[token.action].effect), escape(value))
        )
        return shown if request.method == "GET" else shown._replace(body="")  # RFC 9110 9.3.2

    def _consume(self, token: ActionToken, request: Request) -> Flow[Response]:
        same = fingerprint(request.method, request.url, request.body)
        use = Use(token.key, token.expires_at_s + self.config.leeway_s, same)
        outcome = yield from self.strategy.begin(use)
        yield decision(use.key, outcome)
        if isinstance(outcome, Stored):
            return outcome.response
        if not isinstance(outcome, First):
            return REFUSALS[type(outcome)]
        if self._clock() >= use.acceptable_until_s:  # begin took time, and records are forgotten
            if outcome.lease:
                yield from self.strategy.abort(use, outcome.lease)
            return EXPIRED
        yield Perform(f"action:{token.action}")
        response = page(200, DONE, (yield from self._session(token)))
        if outcome.lease:
            yield from self.strategy.complete(use, outcome.lease, response)
        return response

    def _session(self, token: ActionToken) -> Flow[Headers]:
        """The cookie that signs in the browser that acted, whoever sits before it."""
        if not KINDS[token.action].starts_session:
            return ()
        value = self._new_id("session")
        self.sessions[value] = token.sub
        yield Note("issue", {"kind": "session", "value": value, "token": value, **NO_CLAIMS})
        cookie = f"session={value}; Path=/; Secure; HttpOnly; SameSite=Lax"  # RFC 6265 4.1
        return (("Set-Cookie", cookie),)

    def _who(self, request: Request) -> str | None:
        """Who is signed in in the browser that sent this (RFC 6265 4.2.1); None for nobody."""
        pairs = (
            pair.strip().partition("=") for pair in (request.header("Cookie") or "").split(";")
        )
        sessions = [value for name, _, value in pairs if name == "session"]
        return self.sessions.get(sessions[0]) if sessions else None

    def _check_lifetime(self, token: ActionToken) -> None:
        if self._clock() >= token.expires_at_s + self.config.leeway_s:
            raise InvalidToken("the link expired; ask for a new one")

    def _mail(self, parameters: Parameters) -> Flow[Response]:
        """Mail a link and say where to look for it; to an unknown address nothing is sent.

        The answer is the same for every address, or it would tell who has an account.
        """
        subject = self.config.accounts.get(parameters.get("email", ""))
        message = self._new_id("mail")
        if subject is not None:
            link = yield from self.link(subject)
            mail = Request("POST", f"{MESSAGES}/{message}", TEXT, link)
            yield Send(MAILBOX, mail, MAIL_TIMEOUT_S)
        return json_response(202, {"message": message}, NO_STORE)

    def link(self, subject: str) -> Flow[str]:
        """A link with a new token for this subject; the strategy is told of it."""
        config = self.config
        claims = action_claims(
            config.issuer,
            config.kind,
            sub=subject,
            jti=self._new_id(config.kind),
            issued_at_s=int(self._clock()),
        )
        value = self.keys.sign(claims, key=config.signing_key, typ=ACTION_TOKEN_TYPE)
        key = ActionToken(config.issuer, subject, config.kind, claims["jti"], claims["exp"]).key
        yield from self.strategy.register(Use(key, claims["exp"] + config.leeway_s))
        said = {"kind": "action_token", "value": value, "token": claims["jti"]}
        yield Note("issue", said | NO_CLAIMS | {"claims": claims})
        return with_query(f"{config.url}/action", [("token", value)])


TEXT: Headers = (("Content-Type", "text/plain"),)
NO_CLAIMS = {"claims": {}, "with_refresh_token": False}
FORM_BEGINS = '<form method="post" action="/action">'
FORM_PAGE = (
    f"<p>This {{}}.</p>{FORM_BEGINS}"
    '<input type="hidden" name="token" value="{}"><button>Go on</button></form>'
)


def presented(request: Request) -> str:
    """The token in a link's query or in the form's body; raises InvalidRequest.

    A token in the query of a POST is no form: a page elsewhere could have its reader send one.
    """
    posted = request.method == "POST"
    value = (form_of(request) if posted else once_each(request.query())).get("token")
    if value is None:
        raise InvalidRequest("the link is incomplete")
    return value


def used_by(request: Request, confirmation: str) -> str:
    """The token that a request asks to use up; "" when it asks for a page, or for nothing here.

    A HEAD never acts: it asks what a GET would say (RFC 9110 9.3.2).
    """
    acts = ("POST",) if confirmation == "explicit" else ("GET", "POST")
    if request.method not in acts or urlsplit(request.url).path != "/action":
        return ""
    try:
        return presented(request)
    except OAuthError:
        return ""
