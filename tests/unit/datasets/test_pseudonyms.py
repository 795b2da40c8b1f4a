"""Codes stand for values: the same within an entry, unrelated outside, and the same next year."""

import hmac
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from datasets.pseudonyms import derive_key, key_id, normalise, pseudonym
from schemas.records import ExaminationRequest

KEY = derive_key(b"secret", "dataset a")


def test_codes_and_keys_do_not_change_from_release_to_release():
    assert pseudonym(KEY, "citizen-id", "11010519491231002X") == "YFZOALPDHSSOASXT"
    assert key_id(KEY) == "f6671e8f"


def test_the_key_is_one_block_of_hkdf():
    extracted = hmac.new(b"gongkai pseudonym 1", b"secret", sha256).digest()
    assert hmac.new(extracted, b"dataset a\x01", sha256).hexdigest() == KEY


def test_spellings_of_a_value_have_one_code():
    for detector, spellings in {
        "citizen-id": (
            "11010519491231002X",
            "110105 19491231 002x",
            "１１０１０５１９４９１２３１００２Ｘ",
        ),
        "mobile": ("13800138000", "+86 138-0013-8000", "８６１３８００１３８０００"),
        "email": ("a.b-c@example.org", " A.B-C@EXAMPLE.ORG "),
        "person-name": ("买买提·艾力", "买买提艾力 "),
    }.items():
        assert len({pseudonym(KEY, detector, one) for one in spellings}) == 1, detector


def test_what_only_looks_alike_has_codes_of_its_own():
    assert normalise("email", "ab@example.org") != normalise("email", "a.b@example.org")
    assert normalise("address", "安宁里5-2号") != normalise("address", "安宁里52号")


def test_the_key_stands_in_no_representation_of_a_request():
    request = ExaminationRequest("t.csv", pseudonym_key=KEY)
    assert KEY not in repr(request)
    assert KEY not in str(request)


@given(st.text(min_size=1), st.text(min_size=1))
def test_keys_of_two_scopes_give_unrelated_codes(value, scope):
    other = derive_key(b"secret", f"other {scope}")
    code = pseudonym(KEY, "citizen-id", value)
    assert code != pseudonym(other, "citizen-id", value)
    assert len(code) == 16
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
