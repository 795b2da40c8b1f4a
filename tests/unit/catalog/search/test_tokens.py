from hypothesis import given
from hypothesis import strategies as st

from catalog.search.tokens import characters_of, chinese_runs, pairs, words_of

texts = st.lists(
    st.text(
        st.one_of(
            st.sampled_from("养老机构水年，。 ab1_\n𠀀﨑"),
            st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
        ),
        max_size=20,
    ),
    max_size=6,
)


@given(texts)
def test_texts_that_are_cut_together_are_cut_as_each_alone(given_: list[str]) -> None:
    cut = list(characters_of(given_))
    assert len(cut) == len(given_)
    for text, (characters, woven) in zip(given_, cut, strict=True):
        runs = chinese_runs(text)
        assert characters.split() == list("".join(runs))
        phrases = [*(pair for run in runs for pair in [*pairs(run), run[-1]])]
        found = woven.split()
        assert [one for one in found if len(one) > 1] == [one for one in phrases if len(one) > 1]
        for run in runs:  # the last character alone keeps phrases within their run
            assert run[-1] in found


@given(texts)
def test_words_of_texts_are_told_once_each_and_never_mixed(given_: list[str]) -> None:
    assert words_of(given_) == [words_of([text])[0] for text in given_]
    assert words_of(["ab 1_养ab", "", "水b"]) == ["ab 1", "", "b"]
