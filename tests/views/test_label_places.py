"""Labels give way: the first offer that hides least is taken."""

from sim.views.places import Places, Rectangle

HERE = Rectangle(0, 0, 10, 10)
BESIDE = Rectangle(10, 0, 20, 10)
FAR = Rectangle(0, 500, 10, 510)


def test_the_shared_area_of_two_rectangles():
    assert HERE.overlap(Rectangle(5, 5, 30, 30)) == 25
    assert HERE.overlap(BESIDE) == 0
    assert HERE.overlap(FAR) == 0


def test_the_first_free_place_is_taken():
    places = Places()
    places.take(HERE)
    assert places.best([HERE, BESIDE, FAR]) == 1


def test_what_was_taken_is_no_longer_free():
    places = Places()
    assert [places.best([HERE, BESIDE]) for _ in range(2)] == [0, 1]


def test_when_all_are_taken_the_one_that_hides_least_is_best():
    places = Places()
    places.take(HERE)
    places.take(Rectangle(18, 0, 30, 10))
    assert places.best([HERE, BESIDE]) == 1


def test_a_line_takes_the_places_along_it():
    places = Places()
    places.take_line((0, 0), (100, 100), owner=0)
    assert places.best([Rectangle(45, 45, 55, 55), Rectangle(45, 0, 55, 10)]) == 1


def test_hiding_its_own_line_matters_less_to_a_label_than_hiding_another():
    places = Places()
    places.take_line((0, 5), (100, 5), owner=0)
    places.take_line((0, 205), (100, 205), owner=1)
    offers = [Rectangle(0, 200, 50, 210), Rectangle(0, 0, 50, 10)]
    assert places.best(offers, owner=0) == 1
    assert Places().best(offers, owner=0) == 0


def test_a_tall_rectangle_is_found_at_every_height():
    places = Places()
    places.take(Rectangle(0, 0, 10, 1000))
    assert places.best([FAR, Rectangle(20, 500, 30, 510)]) == 1
