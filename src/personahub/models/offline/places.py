"""Problems of spatial reasoning, with their right answers: a walk, a tray that is turned, people around a table."""

from personahub.models.offline.dice import Dice
from personahub.models.offline.scene import Problem, Scene, scene

_AHEAD = ((0, 1), (1, 0), (0, -1), (-1, 0))  # north, east, south, west
_DIRECTIONS = (("north", "east", "south", "west"), ("北", "东", "南", "西"))
_NAMES = ("Ines", "Jonas", "Kofi", "Lena", "Milo", "Nora")
_COLOURS = ("red", "blue", "green", "yellow", "white", "black", "brown", "grey", "pink")
_CORNERS = ("top left", "top middle", "top right", "middle left", "centre", "middle right")
_CELLS = (*_CORNERS, "bottom left", "bottom middle", "bottom right")


def spatial(persona: str, seed: int, *, chinese: bool = False) -> Problem:
    """The problem of this persona and seed."""
    dice = Dice("spatial", str(seed), persona)
    set_in = scene(persona, dice)
    return walk(set_in, dice, chinese=True) if chinese else dice.pick((walk, tray, table))(set_in, dice)


def walk(scene: Scene, dice: Dice, *, chinese: bool = False) -> Problem:
    facing, x, y = dice.below(4), 0, 0
    start, steps = facing, []
    for number in range(dice.between(4, 6)):
        turn = dice.below(2) * 2 - 1 if number else 0
        facing, far = (facing + turn) % 4, dice.between(2, 9)
        x, y = x + _AHEAD[facing][0] * far, y + _AHEAD[facing][1] * far
        steps.append((turn, far))
    if (x, y) == (0, 0):
        x, y = _AHEAD[facing]
        steps[-1] = (steps[-1][0], steps[-1][1] + 1)
    if chinese:
        turns = {-1: "左转,走", 1: "右转,走", 0: "走"}
        way = ",".join(f"{turns[turn]}{far}格" for turn, far in steps)
        text = (
            f"一间大厅的地面铺满方砖。有人面朝{_DIRECTIONS[1][start]}方站在中央的一块砖上,依次{way}。"
            "此人最后停在起点的什么方位?东西方向和南北方向各差几块砖?"
        )
        return Problem(text, _offset(x, y, "东", "西", "北", "南"), "walk")
    turns = {-1: "turns left and walks", 1: "turns right and walks", 0: "walks"}
    way = ", ".join(f"{turns[turn]} {far}" for turn, far in steps)
    text = (
        f"{scene.opening} stands in a hall where {scene.things} lie on square tiles. Facing {_DIRECTIONS[0][start]}, "
        f"{scene.role} {way} tiles each time, always straight ahead. How many tiles east or west, and how many north "
        f"or south of the start is the end of this walk?"
    )
    return Problem(text, _offset(x, y, " east", " west", " north", " south"), "walk")


def tray(scene: Scene, dice: Dice) -> Problem:
    things = dice.sample(_COLOURS, 9)
    turns, right, asked = dice.between(1, 3), dice.below(2), dice.below(9)
    grid = [*range(9)]  # of each place, what stands there
    for _ in range(turns):
        grid = [grid[_from(place, right=bool(right))] for place in range(9)]
    said = ", ".join(f"{colour} {_CELLS[place]}" for place, colour in enumerate(things))
    often = ("a quarter turn", "two quarter turns", "three quarter turns")[turns - 1]
    text = (
        f"{scene.opening} sets out nine {scene.things} with coloured labels on a square tray, three by three. Seen "
        f"from above, they lie like this: {said}. {scene.helper.capitalize()} turns the whole tray "
        f"{'clockwise' if right else 'anticlockwise'} by {often}, without lifting it. Seen from the same side as "
        f"before, which colour is {_CELLS[asked]} now?"
    )
    return Problem(text, things[grid[asked]], "tray")


def table(scene: Scene, dice: Dice) -> Problem:
    names = dice.sample(_NAMES, 6)
    asked, far, left = dice.below(6), dice.between(1, 2), dice.below(2)
    opposite = names[(asked + 3) % 6]
    text = (
        f"{scene.opening} seats six people around a round table, all facing the {scene.things} in its middle. Going "
        f"around clockwise, as seen from above, they are {', '.join(names[:5])} and {names[5]}. Who sits "
        f"{'next to' if far == 1 else 'two places from'} the person opposite {names[asked]}, on that person's "
        f"{'left' if left else 'right'} hand?"
    )
    # Whoever faces the middle has the next one clockwise, as seen from above, on the left.
    place = names.index(opposite) + (far if left else -far)
    return Problem(text, names[place % 6], "table")


def _from(place: int, *, right: bool) -> int:
    """Whence what stands at a place after a quarter turn came."""
    row, column = divmod(place, 3)
    return (2 - column) * 3 + row if right else column * 3 + (2 - row)


def _offset(x: int, y: int, *names: str) -> str:
    """In words, of what is not nought."""
    east, west, north, south = names
    along = f"{abs(x)}{east if x > 0 else west}" if x else ""
    up = f"{abs(y)}{north if y > 0 else south}" if y else ""
    return ", ".join(filter(None, (along, up)))
