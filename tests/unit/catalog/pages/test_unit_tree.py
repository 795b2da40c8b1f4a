from hypothesis import given
from hypothesis import strategies as st

from catalog.pages import unit_tree
from catalog.services.searching import FacetValue, Place

PLACES = {
    "city": Place("市政府", ""), "health": Place("卫健委", "city"), "clinic": Place("医院", "health"),
    "ward": Place("科室", "clinic"), "police": Place("公安局", "city"), "county": Place("县政府", ""),
}  # fmt: skip
COUNTED = [
    FacetValue(code, PLACES[code].name, count)
    for code, count in (("city", 9), ("health", 6), ("clinic", 4), ("police", 3), ("county", 1))
]


def shown(chosen: tuple[str, ...], counted: list[FacetValue] = COUNTED) -> list[tuple[str, int]]:
    return [(one.value, depth) for one, depth in unit_tree.lines(PLACES, counted, chosen)]


def test_a_unit_opens_when_it_or_one_below_it_is_chosen() -> None:
    assert shown(()) == [("city", 0), ("county", 0)]
    opened = [("city", 0), ("health", 1), ("police", 1), ("county", 0)]
    assert shown(("city",)) == opened
    assert shown(("police",)) == opened
    assert shown(("clinic",)) == [*opened[:2], ("clinic", 2), *opened[2:]]


def test_a_single_unit_on_top_is_open() -> None:
    assert shown((), COUNTED[:-1]) == [("city", 0), ("health", 1), ("police", 1)]


def test_a_unit_whose_parent_has_nothing_to_show_stands_on_top() -> None:
    assert shown((), [COUNTED[2], COUNTED[4]]) == [("clinic", 0), ("county", 0)]


def test_choosing_a_unit_below_means_that_one() -> None:
    assert unit_tree.narrowest(PLACES, ("city", "clinic")) == ("clinic",)
    assert unit_tree.narrowest(PLACES, ("clinic", "police")) == ("clinic", "police")
    assert unit_tree.narrowest(PLACES, ("city", "unknown")) == ("city", "unknown")


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["", *"abcdefgh"])),
    st.lists(st.sampled_from("abcdefgh"), max_size=4),
)
def test_circles_and_gaps_in_the_data_break_nothing(
    parents: dict[str, str], chosen: list[str]
) -> None:
    places = {code: Place(code, parent) for code, parent in parents.items()}
    counted = [FacetValue(code, code, 1) for code in "abcdefgh"]
    values = [one.value for one, _ in unit_tree.lines(places, counted, chosen)]
    assert len(values) == len(set(values))
    assert set(unit_tree.narrowest(places, chosen)) <= set(chosen)
