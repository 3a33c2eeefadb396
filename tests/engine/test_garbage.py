import gc

from simulate.engine.garbage import OBJECTS, collected_rarely


def test_garbage_is_looked_for_more_rarely_while_any_run_goes_on() -> None:
    before = gc.get_threshold()
    with collected_rarely():
        with collected_rarely():
            assert gc.get_threshold() == (OBJECTS, *before[1:])
        assert gc.get_threshold() == (OBJECTS, *before[1:])
    assert gc.get_threshold() == before


def test_garbage_collection_that_is_switched_off_stays_so() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with collected_rarely():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
