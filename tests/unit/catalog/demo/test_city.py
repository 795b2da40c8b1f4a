"""What the made-up city is made of: sound codes, themes for everybody, files for every subject."""

from catalog.demo import tables
from catalog.demo.city import LINKED, MERGED, SUBJECTS, SUCCESSOR, THEMES, UNITS
from catalog.demo.play import code, place
from datasets import identifiers


def test_every_unit_has_a_sound_code_of_its_own_and_says_that_it_is_made_up():
    codes = [code(number) for number in range(len(UNITS))]
    assert len(set(codes)) == len(UNITS)
    assert all(identifiers.valid_uscc(one) for one in codes)
    assert all(unit.name.startswith("云澜市") for unit in UNITS)
    assert UNITS[MERGED].joins < 24, "it had entries to hand over"
    assert UNITS[SUCCESSOR].eager


def test_every_subject_has_a_file_and_a_unit_never_says_the_same_title_twice():
    for _, kind, _ in SUBJECTS:
        name, body = tables.make(kind, place(0), 0)
        assert name
        assert len(body) > 100
        assert kind in THEMES or kind in {"institutions", "facilities", "readings"}
    labels = [label for label, *_ in (*SUBJECTS, *LINKED)]
    assert len(set(labels)) == len(labels)
