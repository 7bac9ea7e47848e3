"""The check of claims is accepted, and each typical mistake is wrong at the token meant for it."""

from __future__ import annotations

import pytest

from sim.lessons.one_token import GOOD, SERVER, TOKENS, WORLDS, check_accept, refusal


def right(claims, rs, now_s):
    audience = claims.get("aud", [])
    audiences = [audience] if isinstance(audience, str) else audience
    return (
        claims.get("iss") == rs.issuer
        and rs.identifier in audiences
        and now_s < claims.get("exp", 0) + rs.leeway_s
        and now_s >= claims.get("nbf", 0) - rs.leeway_s
    )


def but(**wrong):
    """The right check, of claims or of a server that were changed before it looked."""

    def accept(claims, rs, now_s):
        seen = dict(claims)
        for name, change in wrong.items():
            if name == "rs":
                rs = change(rs)
            elif (value := change(seen, rs)) is not None:
                seen[name] = value
        return right(seen, rs, now_s)

    return accept


def one_string(claims, rs):
    return [] if isinstance(claims.get("aud"), list) else None


def anything_that_contains_it(claims, rs):
    return rs.identifier if rs.identifier in str(claims.get("aud")) else None


def with_a_default(name, value):
    return lambda claims, rs: claims.get(name, value)


#: mistake → the answer, and the aim that finds it.
WRONG = {
    "arrays forgotten": (but(aud=one_string), "for whom"),
    "a part of the name": (but(aud=anything_that_contains_it), "for whom"),
    "aud not looked at": (but(aud=lambda claims, rs: rs.identifier), "for whom"),
    "iss not looked at": (but(iss=lambda claims, rs: rs.issuer), "from whom"),
    "iss but for a slash": (but(iss=lambda c, rs: c.get("iss", "").rstrip("/")), "from whom"),
    "nbf not looked at": (but(nbf=lambda claims, rs: 0), "since when"),
    "iat taken for nbf": (but(nbf=lambda c, rs: c["iat"] + rs.leeway_s), "since when"),
    "leeway forgotten": (but(rs=lambda rs: rs._replace(leeway_s=0)), "since when"),
    "exp not looked at": (but(exp=lambda claims, rs: 2e9), "until when"),
    "on exp still good": (but(exp=lambda c, rs: c.get("exp", 0) + 0.5), "until when"),
    "without exp for ever": (but(exp=with_a_default("exp", 2e9)), "what is missing"),
    "without aud for all": (but(aud=lambda c, rs: c.get("aud", rs.identifier)), "what is missing"),
    "a missing claim raises": (lambda c, rs, n: bool(c["exp"]) and right(c, rs, n), "missing"),
    "a leeway of its own": (but(rs=lambda rs: rs._replace(leeway_s=2)), "without leeway"),
    "one AS for all": (but(rs=lambda rs: rs._replace(issuer=SERVER.issuer)), "another AS"),
    "one name for all": (but(rs=lambda rs: rs._replace(identifier=SERVER.identifier)), "no token"),
}


def test_the_right_answer_is_done():
    assert check_accept(right).done


@pytest.mark.parametrize(("answer", "aim"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_found_by_the_aim_meant_for_it(answer, aim):
    missed = next(each for each in check_accept(answer).aims if not each.met)
    assert aim in missed.name
    assert "you " in missed.because


def test_the_first_wrong_token_is_told_with_its_clause():
    told = {aim.name: aim.because for aim in check_accept(lambda *_: True).aims}
    assert (
        told["for whom"] == "the token for files: you accept it; RFC 9068, section 4: aud must "
        "contain you"
    )
    assert "aud https://mail.example.com, iss" in told["your server"]


def test_who_refuses_everything_is_safe_and_no_server():
    named = {aim.name: aim.met for aim in check_accept(lambda *_: False).aims}
    assert not named["for whom"]
    assert named["a server that no token is for"]


def test_a_good_token_is_good_and_no_token_is_good_where_none_was_issued_for():
    assert not refusal(GOOD, SERVER)
    assert refusal(GOOD, WORLDS["a server that no token is for"])
    assert sum(map(len, TOKENS.values())) == 14


def test_untouched_is_not_attempted_yet():
    assert "not attempted yet" in repr(check_accept(lambda claims, rs, now_s: ...))
