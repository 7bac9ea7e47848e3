"""Single-use tokens in the hands of a client that has never heard of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.real_clients.authlib_client import call, client_of, plain, sign_in


@pytest.mark.clause("interim-2025-01-20 response member")
@pytest.mark.clause("interim-2025-01-20 no refresh token")
@pytest.mark.clause("interim-2025-01-20 reuse")
def test_a_single_use_token_is_good_once_and_the_refresh_token_stays(in_process):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service)
            token = dict(await client.refresh_token(scope="email", token_use="single"))
            answers = [await call(client, service, "email") for _ in range(2)]
            ordinary = dict(await client.refresh_token(refresh_token=token["refresh_token"]))
            return token, answers, ordinary

    token, (first, second), ordinary = asyncio.run(story())
    assert (token["use"], token["expires_in"]) == ("single", 30)
    assert (first.status_code, second.status_code) == (200, 401)
    assert 'error="invalid_token"' in second.headers["WWW-Authenticate"]
    assert "use" not in ordinary


def test_a_client_that_refreshes_a_minute_early_never_presents_a_token_of_30_seconds(in_process):
    """The library's own default; it takes the single-use token for expired and swaps it away."""

    async def story():
        service = in_process()
        async with client_of(service, leeway=60) as client:
            await sign_in(client, service)
            single = (await client.refresh_token(scope="email", token_use="single"))["access_token"]
            answers = [await call(client, service, "email") for _ in range(2)]
            return single, client.token["access_token"], [each.status_code for each in answers]

    single, presented, statuses = asyncio.run(story())
    assert single != presented
    assert statuses == [200, 200]


@pytest.mark.clause("interim-2025-01-20 down-scoped")
@pytest.mark.parametrize("scope", ["", "email webdav"])
def test_a_single_use_token_is_for_one_server_that_the_request_names(in_process, scope):
    async def story():
        service = in_process()
        async with client_of(service) as client:
            await sign_in(client, service)
            more = {"scope": scope} if scope else {}
            form = {"grant_type": "refresh_token", "token_use": "single"} | more
            form["refresh_token"] = client.token["refresh_token"]
            auth = client.client_auth("client_secret_basic")
            return await plain(client, "POST", service.token, data=form, auth=auth)

    answer = asyncio.run(story())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("strategy", "statuses"),
    [("shared_atomic", [200, 401]), ("shared_check_then_act", [200, 200])],
)
def test_two_calls_at_once_race_as_they_do_in_the_simulation(in_process, strategy, statuses):
    async def story():
        service = in_process(strategy=strategy)
        async with client_of(service) as client:
            asked = {"scope": "email", "token_use": "single"}
            await client.fetch_token(grant_type="client_credentials", **asked)
            calls = (call(client, service, "email") for _ in range(2))
            return sorted(answer.status_code for answer in await asyncio.gather(*calls))

    assert asyncio.run(story()) == statuses


def test_each_replica_with_a_memory_of_its_own_accepts_the_token_once(in_process):
    async def story():
        service = in_process("two-regions-payment", strategy="per_replica")
        async with client_of(service) as client:
            asked = {"scope": "payment", "token_use": "single"}
            await client.fetch_token(grant_type="client_credentials", **asked)
            url = f"{service.servers['payments']}/payments"
            return [(await client.post(url)).status_code for _ in range(4)]

    assert asyncio.run(story()) == [200, 200, 401, 401]


@pytest.mark.parametrize(("gateway", "second"), [("quota", 429), ("revoke", 401)])
def test_a_gateway_makes_an_ordinary_token_good_for_one_use(in_process, gateway, second):
    async def story():
        part = {"gateway": gateway, "introspects": gateway == "revoke"}
        service = in_process(**{f"servers__email__{name}": each for name, each in part.items()})
        async with client_of(service) as client:
            await sign_in(client, service)
            answers = [await call(client, service, "email")]
            for _ in range(5):  # whoever works in the background gets a turn
                await asyncio.sleep(0)
            answers += [await call(client, service, "email")]
            return [answer.status_code for answer in answers]

    assert asyncio.run(story()) == [200, second]
