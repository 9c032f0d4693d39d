"""The offline writer's problems solved another way, from the numbers that stand in the text."""

import math
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations, count, permutations, product

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Numbers = list[int]
CHECKS: dict[str, Callable[[str, Numbers], object]] = {}


def check(solve: Callable[[str, Numbers], object]) -> Callable[[str, Numbers], object]:
    """Solves the family of its name from the text and the whole numbers in it."""
    CHECKS[solve.__name__] = solve
    return solve


@check
def resale(text: str, n: Numbers) -> object:
    lots, each, price, lost, sold_at = n
    pieces = [sold_at] * (lots * each)
    return sum(pieces[lost:]) - sum([price] * lots)


@check
def price_changes(text: str, n: Numbers) -> object:
    up, down, sets = n[0], n[1], n[-1]
    now = Fraction(re.search(r"costs ([\d.]+) ", text)[1])  # type: ignore[index]
    before = now / (1 - Fraction(down, 100)) / (1 + Fraction(up, 100))
    assert before.denominator == 1
    return abs(before * sets - now * sets)


@check
def shared_work(text: str, n: Numbers) -> object:
    alone, other, together = n
    left = 1 - together * (Fraction(1, alone) + Fraction(1, other))
    assert left > 0
    return together + left / Fraction(1, alone)


@check
def meeting(text: str, n: Numbers) -> object:
    way, first, late, second = n
    gap = way - Fraction(first * late, 60)
    assert gap > 0
    return Fraction(first * late, 60) + gap / (first + second) * first


@check
def mixture(text: str, n: Numbers) -> object:
    litres, wanted, weak, strong = n
    stronger = next(
        x for x in (Fraction(k, strong - weak) for k in count()) if x * strong + (litres - x) * weak == litres * wanted
    )
    assert 0 < stronger < litres
    return stronger


@check
def mean_without_extremes(text: str, n: Numbers) -> object:
    days, mean, top, bottom = n
    assert bottom < mean < top
    return mean + Fraction((mean - top) + (mean - bottom), days - 2)


@check
def variance(text: str, n: Numbers) -> object:
    size, counts = n[0], n[1:]
    assert len(counts) == size
    return Fraction(sum((a - b) ** 2 for a, b in product(counts, counts)), 2 * size * size)


@check
def weighted_shares(text: str, n: Numbers) -> object:
    total, kept, *ratio = n
    shares = [Fraction(total - kept) * part / sum(ratio) for part in ratio]
    return max(shares) - min(shares)


@check
def invoice(text: str, n: Numbers) -> object:
    hours, rate, pieces, each, percent = n
    return sum([Fraction(each) - Fraction(each * percent, 100)] * pieces) + sum([rate] * hours)


@check
def two_kinds(text: str, n: Numbers) -> object:
    total, packs, small, large = n
    return _only(k for k in range(packs + 1) if large * k + small * (packs - k) == total)


@check
def two_prices(text: str, n: Numbers) -> object:
    paid, a, b, again, c, d = n
    return _only(x for x, y in product(range(1, 100), repeat=2) if a * x + b * y == paid and c * x + d * y == again)


@check
def rectangle_sides(text: str, n: Numbers) -> object:
    area, around = n
    return _only(around // 2 - 2 * w for w in range(1, around // 4 + 1) if w * (around // 2 - w) == area)


@check
def best_price(text: str, n: Numbers) -> object:
    sales, price, cost, lost = n
    profits = {new: (new - cost) * (sales - lost * (new - price)) for new in range(price, price + 500)}
    return _only(new for new, profit in profits.items() if profit == max(profits.values()))


@check
def fence(text: str, n: Numbers) -> object:
    length, parts = n[0], n[-1]
    return max(w * (length - (parts + 1) * w) for w in range(1, length // (parts + 1) + 1))


@check
def two_products(text: str, n: Numbers) -> object:
    hours_a, kilos_a, gain_a, hours_b, kilos_b, gain_b, hours, kilos = n
    pairs = product(range(hours // hours_a + 1), range(hours // hours_b + 1))
    return max(
        x * gain_a + y * gain_b
        for x, y in pairs
        if x * hours_a + y * hours_b <= hours and x * kilos_a + y * kilos_b <= kilos
    )


@check
def rising_days(text: str, n: Numbers) -> object:
    first, more, goal = n
    total = 0
    for day in count(1):
        total += first + (day - 1) * more
        if total > goal:
            return day
    return None


@check
def growth(text: str, n: Numbers) -> object:
    _, percent, times = n
    return math.floor(math.log(times) / math.log1p(percent / 100)) + 1


@check
def ages(text: str, n: Numbers) -> object:
    factor, years, together = n
    return _only(x * factor - x for x in range(1, 100) if x * factor + x + 2 * years == together)


@check
def triangle(text: str, n: Numbers) -> object:
    a, b, c, per = n
    x = Fraction(b * b + c * c - a * a, 2 * c)  # where the height meets side c
    return round(per * c * math.sqrt(b * b - x * x) / 2, 6)


@check
def cones(text: str, n: Numbers) -> object:
    radius, depth, small, low = n
    wax, candles = 3 * radius * radius * depth, 0
    while wax >= small * small * low:
        wax, candles = wax - small * small * low, candles + 1
    return candles


@check
def by_the_canal(text: str, n: Numbers) -> object:
    near, far, along = n
    low, high = 0.0, float(along)
    for _ in range(200):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        lengths = [math.hypot(near, x) + math.hypot(far, along - x) for x in (left, right)]
        low, high = (low, right) if lengths[0] < lengths[1] else (left, high)
    return round(math.hypot(near, low) + math.hypot(far, along - low), 6)


@check
def border(text: str, n: Numbers) -> object:
    length, width, path, per, price = n
    return ((length + 2 * path) * (width + 2 * path) - length * width) * per * price


@check
def grid_paths(text: str, n: Numbers) -> object:
    east, north, x, y = n
    through = math.comb(x + y, x) * math.comb(east - x + north - y, east - x)
    return math.comb(east + north, east) - through


@check
def committee(text: str, n: Numbers) -> object:
    size, old, new, least = n
    people = [False] * old + [True] * new
    return sum(1 for chosen in combinations(people, size) if sum(chosen) >= least)


@check
def seating(text: str, n: Numbers) -> object:
    people, seconds = n
    orders = [
        order
        for order in permutations(range(people))
        if 0 in (order[0], order[-1]) and abs(order.index(1) - order.index(2)) > 1
    ]
    return Fraction(len(orders) * seconds, 60)


@check
def same_colour(text: str, n: Numbers) -> object:
    total = sum(n)
    return sum(Fraction(k * (k - 1) * (k - 2), total * (total - 1) * (total - 2)) for k in n)


@check
def flagged(text: str, n: Numbers) -> object:
    faulty, caught, wrong = n
    piles = dict.fromkeys(product((True, False), repeat=2), 0)
    for number in range(10_000):
        bad = number % 100 < faulty
        piles[bad, number // 100 < (caught if bad else wrong)] += 1
    return Fraction(piles[True, True], piles[True, True] + piles[False, True])


@check
def raffle(text: str, n: Numbers) -> object:
    tickets, larges, large, smalls, small, drawn = n
    prizes = [large] * larges + [small] * smalls + [0] * (tickets - larges - smalls)
    return sum(Fraction(prize) * math.comb(tickets - 1, drawn - 1) for prize in prizes) / math.comb(tickets, drawn)


@check
def remainders(text: str, n: Numbers) -> object:
    said = re.findall(r"in rows of (\d+), (\w+)", text, re.IGNORECASE)
    rows = [(int(row), 0 if left == "none" else int(left)) for row, left in said]
    assert len(rows) == 3
    return _only(k for k in range(n[0]) if all(k % row == left for row, left in rows))


@check
def next_together(text: str, n: Numbers) -> object:
    today = next(place for place, day in enumerate(WEEKDAYS) if f"Today, a {day}" in text)
    return next(WEEKDAYS[(today + day) % 7] for day in count(1) if all(day % every == 0 for every in n))


@check
def layouts(text: str, n: Numbers) -> object:
    total, least = n[:2]
    pairs = [(a, total // a) for a in range(least, math.isqrt(total) + 1) if total % a == 0]
    return sum(1 if a == b else 2 for a, b in pairs)


@check
def doubling_remainder(text: str, n: Numbers) -> object:
    _, days, base, box = n
    there = 1
    for _ in range(days):
        there *= base
    return there - box * (there // box)


@check
def tiling(text: str, n: Numbers) -> object:
    length, short, long, colours = n
    splits = [(a, (length - a * short) // long) for a in range(length // short + 1) if (length - a * short) % long == 0]
    return sum(math.comb(a + b, a) * colours**a for a, b in splits)


@check
def coprime_numbers(text: str, n: Numbers) -> object:
    total, stamp = n[1], n[3]
    left = set(range(1, total + 1))
    for factor in range(2, stamp + 1):
        if stamp % factor == 0:
            left -= set(range(factor, total + 1, factor))
    return len(left)


def _only(found: Iterable[object]) -> object:
    values = list(found)
    assert len(values) == 1, "there is not exactly one answer"
    return values[0]
