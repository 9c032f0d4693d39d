"""Word problems on lengths, areas, volumes and paths."""

from math import isqrt

from personahub.models.offline.dice import Dice
from personahub.models.offline.scene import Scene

# Triangles with whole sides and a whole area.
_HERONIAN = ((13, 14, 15), (5, 5, 6), (9, 10, 17), (7, 15, 20), (13, 20, 21), (10, 13, 13), (11, 13, 20), (12, 17, 25))
_RIGHT = ((3, 4), (4, 3), (5, 12), (12, 5), (8, 15), (15, 8), (7, 24), (24, 7), (20, 21), (21, 20), (9, 40), (40, 9))


def triangle(scene: Scene, dice: Dice) -> tuple[str, int]:
    scale, per = dice.between(1, 9), dice.between(2, 30)
    a, b, c = (side * scale for side in dice.sample(dice.pick(_HERONIAN), 3))
    text = (
        f"{scene.opening} fills a triangular space with sides of {a} m, {b} m and {c} m. Every square metre takes "
        f"{per} {scene.things}. How many {scene.things} are needed for the whole space?"
    )
    double = (a + b + c) * (-a + b + c) * (a - b + c) * (a + b - c)
    return text, per * isqrt(double) // 4


def cones(scene: Scene, dice: Dice) -> tuple[str, int]:
    radius, height = dice.between(10, 60), dice.between(20, 120)
    small, low = dice.between(2, 9), dice.between(4, 20)
    text = (
        f"{scene.opening} melts wax for a souvenir stall beside the {scene.things}. A full cylindrical pot has an "
        f"inner radius of {radius} cm and a depth of {height} cm; each candle is a cone with a radius of {small} cm "
        f"and a height of {low} cm. How many complete candles does the pot give?"
    )
    return text, 3 * radius * radius * height // (small * small * low)


def by_the_canal(scene: Scene, dice: Dice) -> tuple[str, int]:
    along, across = dice.pick(_RIGHT)
    scale = dice.between(2, 30)
    along, across = along * scale, across * scale
    near = dice.between(1, across - 1)
    text = (
        f"{scene.opening} carries {scene.things} from a shed to a gate. Both stand on the same side of a straight "
        f"canal, the shed {near} m and the gate {across - near} m from it, and {along} m apart as measured along the "
        f"canal. On the way the load must be wetted at the bank. How many metres long is the shortest way from the "
        f"shed to the bank and on to the gate?"
    )
    return text, isqrt(along * along + across * across)


def border(scene: Scene, dice: Dice) -> tuple[str, int]:
    length, width, path = dice.between(8, 60), dice.between(5, 40), dice.between(1, 4)
    per, price = dice.between(3, 20), dice.between(2, 15)
    text = (
        f"{scene.opening} shows {scene.things} on a rectangular lawn of {length} m by {width} m and surrounds the "
        f"lawn with a path {path} m wide, square at the corners. Each square metre of path takes {per} slabs at "
        f"{price} {scene.money} each. How many {scene.money} do the slabs cost?"
    )
    return text, per * price * 2 * path * (length + width + 2 * path)


def grid_paths(scene: Scene, dice: Dice) -> tuple[str, int]:
    east, north = dice.between(4, 9), dice.between(4, 9)
    closed_east, closed_north = dice.between(1, east - 1), dice.between(1, north - 1)
    text = (
        f"{scene.opening} delivers {scene.things} in a quarter whose streets form a square grid. The customer lives "
        f"{east} blocks east and {north} blocks north, and only steps to the east or north are taken. The crossing "
        f"{closed_east} {_blocks(closed_east)} east and {closed_north} {_blocks(closed_north)} north of the start is "
        f"closed. How many different routes are left?"
    )
    row = [1] * (east + 1)
    for y in range(1, north + 1):
        for x in range(1, east + 1):
            row[x] = 0 if (x, y) == (closed_east, closed_north) else row[x] + row[x - 1]
    return text, row[east]


def _blocks(count: int) -> str:
    return "block" if count == 1 else "blocks"
