from catalog.http.kept import LARGEST, MOST, Kept, Shelf


def test_kept_answers_take_bounded_memory_and_the_one_unused_longest_goes_first() -> None:
    shelf = Shelf()
    body = b"x" * LARGEST
    for n in range(MOST // LARGEST):
        shelf.put((n,), Kept(body))
    assert shelf.get((0,)) == Kept(body)
    shelf.put(("more",), Kept(body))
    assert shelf.bytes <= MOST
    assert shelf.get((0,)) is not None
    assert shelf.get((1,)) is None


def test_an_answer_that_is_too_large_is_not_kept() -> None:
    shelf = Shelf()
    shelf.put(("large",), Kept(b"x" * (LARGEST + 1)))
    assert shelf.get(("large",)) is None
    assert shelf.bytes == 0
