"""The offline writer's problems solved from the numbers that stand in them.

Each family of problems has a function of its numbers here, in whole numbers alone and by another way than the one by
which the problem was made; so the writer of a solution needs nothing but the text, as a solver should. Each is also
what a program of thought is made of: its source, and a call of it.
"""

from collections.abc import Callable

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Value = int | str  # a whole number, a fraction as "3/4", a day
Solver = Callable[..., Value]


def lowest(top: int, bottom: int) -> Value:
    a, b = top, bottom
    while b:
        a, b = b, a % b
    return top // a if bottom == a else f"{top // a}/{bottom // a}"


def choose(all_: int, some: int) -> int:
    ways = 1
    for k in range(some):
        ways = ways * (all_ - k) // (k + 1)
    return ways


def root(square: int) -> int:
    low, high = 0, square + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle * middle <= square else (low, middle)
    return low


def resale(lots: int, each: int, price: int, lost: int, sold_at: int) -> Value:
    return (lots * each - lost) * sold_at - lots * price


def price_changes(up: int, down: int, whole: int, cents: int, sets: int) -> Value:
    now = 100 * whole + cents
    before = now * 10000 // ((100 + up) * (100 - down))
    return lowest(abs(now - before) * sets, 100)


def shared_work(alone: int, other: int, together: int) -> Value:
    left = alone * other - together * (alone + other)
    return lowest(together * other + left, other)


def meeting(way: int, first: int, late: int, second: int) -> Value:
    gap = 60 * way - first * late
    return lowest(first * late * (first + second) + first * gap, 60 * (first + second))


def mixture(litres: int, wanted: int, weak: int, strong: int) -> Value:
    return lowest(litres * (wanted - weak), strong - weak)


def mean_without_extremes(days: int, mean: int, top: int, bottom: int) -> Value:
    return lowest(days * mean - top - bottom, days - 2)


def variance(*numbers: int) -> Value:
    counts = numbers[1:]
    total = sum(counts)
    return lowest(len(counts) * sum(k * k for k in counts) - total * total, len(counts) * len(counts))


def weighted_shares(total: int, kept: int, a: int, b: int, c: int) -> Value:
    parts = [a, b, c]
    return lowest((total - kept) * (max(parts) - min(parts)), a + b + c)


def invoice(hours: int, rate: int, pieces: int, each: int, percent: int) -> Value:
    return lowest(100 * hours * rate + pieces * each * (100 - percent), 100)


def two_kinds(total: int, packs: int, small: int, large: int) -> Value:
    return (total - small * packs) // (large - small)


def two_prices(paid: int, a: int, b: int, again: int, c: int, d: int) -> Value:
    return lowest(paid * d - again * b, a * d - b * c)


def rectangle_sides(area: int, around: int) -> Value:
    half = around // 2
    return root(half * half - 4 * area)


def best_price(sales: int, price: int, cost: int, lost: int) -> Value:
    new = price
    while (new + 1 - cost) * (sales - lost * (new + 1 - price)) > (new - cost) * (sales - lost * (new - price)):
        new += 1
    return new


def fence(length: int, parts: int) -> Value:
    return max(wide * (length - (parts + 1) * wide) for wide in range(1, length // (parts + 1) + 1))


def two_products(hours_a: int, kilos_a: int, gain_a: int, hours_b: int, kilos_b: int, gain_b: int, *left: int) -> Value:
    hours, kilos = left
    best = 0
    for x in range(min(hours // hours_a, kilos // kilos_a) + 1):
        y = min((hours - x * hours_a) // hours_b, (kilos - x * kilos_a) // kilos_b)
        best = max(best, x * gain_a + y * gain_b)
    return best


def rising_days(first: int, more: int, goal: int) -> Value:
    day, total = 1, first
    while total <= goal:
        total += first + day * more
        day += 1
    return day


def growth(_: int, percent: int, times: int) -> Value:
    months, now, then = 0, 1, 1
    while now <= times * then:
        now, then, months = now * (100 + percent), then * 100, months + 1
    return months


def ages(factor: int, years: int, together: int) -> Value:
    daughter = (together - 2 * years) // (factor + 1)
    return daughter * (factor - 1)


def triangle(a: int, b: int, c: int, per: int) -> Value:
    squared = 2 * (a * a * b * b + b * b * c * c + c * c * a * a) - a * a * a * a - b * b * b * b - c * c * c * c
    return per * root(squared) // 4


def cones(radius: int, depth: int, small: int, low: int) -> Value:
    return 3 * radius * radius * depth // (small * small * low)


def by_the_canal(near: int, far: int, along: int) -> Value:
    return root((near + far) * (near + far) + along * along)


def border(length: int, width: int, path: int, per: int, price: int) -> Value:
    return ((length + 2 * path) * (width + 2 * path) - length * width) * per * price


def grid_paths(east: int, north: int, x: int, y: int) -> Value:
    return choose(east + north, east) - choose(x + y, x) * choose(east - x + north - y, east - x)


def committee(size: int, old: int, new: int, least: int) -> Value:
    return sum(choose(new, k) * choose(old, size - k) for k in range(least, min(size, new) + 1))


def seating(people: int, seconds: int) -> Value:
    orders = 2
    for k in range(2, people - 1):
        orders *= k
    return lowest(orders * (people - 3) * seconds, 60)


def same_colour(*counts: int) -> Value:
    total = sum(counts)
    return lowest(sum(choose(k, 3) for k in counts), choose(total, 3))


def flagged(faulty: int, caught: int, wrong: int) -> Value:
    return lowest(faulty * caught, faulty * caught + (100 - faulty) * wrong)


def raffle(tickets: int, larges: int, large: int, smalls: int, small: int, drawn: int) -> Value:
    return lowest(drawn * (larges * large + smalls * small), tickets)


def remainders(*numbers: int) -> Value:
    below, rows = numbers[0], numbers[1:]
    for things in range(below):
        if all(things % rows[k] == rows[k + 1] for k in range(0, len(rows), 2)):
            return things
    return -1


def next_together(today: int, a: int, b: int, c: int) -> Value:
    day = 1
    while day % a or day % b or day % c:
        day += 1
    return DAYS[(today + day) % 7]


def layouts(total: int, least: int) -> Value:
    return sum(total % rows == 0 and total // rows >= least for rows in range(least, total + 1))


def doubling_remainder(days: int, base: int, box: int) -> Value:
    left = 1
    for _ in range(days):
        left = left * base % box
    return left


def tiling(length: int, short: int, long: int, colours: int) -> Value:
    ways = [1] + [0] * length
    for end in range(1, length + 1):
        ways[end] = (ways[end - short] * colours if end >= short else 0) + (ways[end - long] if end >= long else 0)
    return ways[length]


def coprime_numbers(total: int, stamp: int) -> Value:
    count = 0
    for number in range(1, total + 1):
        a, b = number, stamp
        while b:
            a, b = b, a % b
        count += a == 1
    return count
