"""What fails is tried ever more rarely, and at last no more."""

from datasets.validation.hopes import MOST_IN_VAIN, Hopes


def test_what_always_fails_is_tried_at_ever_longer_distances() -> None:
    hopes = Hopes()
    tried = []
    for opportunity in range(1_000):
        if hopes.are_left():
            tried.append(opportunity)
            hopes.come_true(False)
    assert tried == [0, 1, 2, 4, 8, 16, 32, MOST_IN_VAIN]


def test_one_success_is_reason_to_try_again() -> None:
    hopes = Hopes()
    for succeeds in (False, False, True, False, True):
        while not hopes.are_left():
            pass
        hopes.come_true(succeeds)
    assert hopes.are_left()
