"""The everyday settings of the generated word problems: what happens in each, in sentences with blanks.

Blanks: {n} the person, {He} {he} {his} {him} pronouns, {f} a friend, {t} the things, {a} and {b} numbers. A clause
that multiplies has both {a} and {b}; {part} is a fraction ("half", "25 percent"), {than} is "more" or "fewer".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """A setting in which one amount grows and shrinks."""

    name: str
    things: tuple[str, ...]
    opens: tuple[str, ...]
    gains: tuple[str, ...]
    losses: tuple[str, ...]
    many_gains: tuple[str, ...]
    many_losses: tuple[str, ...]
    asks: tuple[str, ...]
    fraction: str
    compare: str
    shares: tuple[str, ...] = ()
    sells: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parts:
    """A setting in which a whole is the sum of products: prices, rates, rows, boxes."""

    name: str
    unit: str
    parts: tuple[str, ...]
    singles: tuple[str, ...]
    asks: tuple[str, ...]
    changes: tuple[str, ...] = ()
    lefts: tuple[str, ...] = ()


FLOWS = (
    Flow(
        "collecting",
        (
            "shells",
            "stamps",
            "cards",
            "coins",
            "stickers",
            "marbles",
            "buttons",
            "stones",
            "badges",
        ),
        ("{n} has {a} {t}.", "{n} starts with {a} {t}.", "There are {a} {t} in the box of {n}."),
        ("{He} finds {a} more.", "{f} gives {him} {a} {t}.", "Then {he} buys {a} more {t}."),
        ("{He} gives {a} {t} to {f}.", "{He} loses {a} of them.", "{He} trades away {a} {t}."),
        ("{He} buys {a} packs of {b} {t}.", "{a} friends give {him} {b} {t} each."),
        ("{He} gives {b} {t} to each of {a} friends.", "{He} sells {a} bags of {b} {t}."),
        ("How many {t} does {n} have now?", "How many {t} are left?"),
        "{He} then gives away {part} of the {t}.",
        "{f} has {a} {t} {than} than that.",
        ("{He} shares them equally among {a} friends. How many {t} does each friend get?",),
        ("{He} sells them all for {a} dollars each. How many dollars does {he} get?",),
        ("{He} puts them in bags of {a}. How many {t} are left over?",),
    ),
    Flow(
        "baking",
        ("cookies", "muffins", "rolls", "pies", "cakes", "buns"),
        ("{n} bakes {a} {t}.", "A bakery has {a} {t} in the morning."),
        ("Later {a} more {t} are baked.", "{f} brings {a} {t}."),
        ("The children eat {a} of them.", "{a} {t} are sold.", "{a} {t} are burnt."),
        ("{a} more trays of {b} {t} come out of the oven.", "{a} helpers bake {b} {t} each."),
        ("{a} boxes with {b} {t} each are sold.", "{a} guests eat {b} {t} each."),
        ("How many {t} are left?", "How many {t} are there now?"),
        "Then {part} of the {t} are sold.",
        "Another bakery has {a} {t} {than} than that.",
        ("The rest is divided equally among {a} tables. How many {t} does each table get?",),
        ("The rest is sold for {a} dollars each. How many dollars does that bring?",),
        ("The rest is packed in boxes of {a}. How many {t} do not fill a box?",),
    ),
    Flow(
        "travelling",
        ("people", "passengers"),
        (
            "A train leaves with {a} {t}.",
            "A bus starts with {a} {t}.",
            "There are {a} {t} on a boat.",
        ),
        ("At the next stop {a} {t} get on.", "Then {a} more get on."),
        ("At the next stop {a} {t} get off.", "Then {a} of them get off."),
        ("At each of the next {a} stops {b} {t} get on.", "{a} groups of {b} {t} get on."),
        ("At each of the next {a} stops {b} {t} get off.", "{a} families of {b} get off."),
        ("How many {t} are on board now?", "How many {t} are left on board?"),
        "Then {part} of the {t} get off.",
        "Another one has {a} {t} {than} than that on board.",
        ("They sit down equally in {a} cars. How many {t} are in each car?",),
        ("Each of them pays {a} dollars. How many dollars is that?",),
    ),
    Flow(
        "garden",
        ("flowers", "trees", "plants", "roses", "bushes"),
        ("{n} has {a} {t} in the garden.", "A park has {a} {t}."),
        ("In spring {a} more {t} are planted.", "{f} plants {a} {t} there."),
        ("A storm breaks {a} of them.", "{a} {t} are cut.", "In winter {a} {t} die."),
        ("Then {a} rows of {b} {t} are planted.", "{a} children plant {b} {t} each."),
        ("{a} rows of {b} {t} are dug out.", "{a} neighbors take {b} {t} each."),
        ("How many {t} are there now?", "How many {t} are left?"),
        "Then a storm breaks {part} of the {t}.",
        "Another garden has {a} {t} {than} than that.",
        ("They stand in {a} equal rows. How many {t} are in each row?",),
        ("Each of them needs {a} liters of water. How many liters is that?",),
    ),
    Flow(
        "farm",
        ("eggs", "apples", "pears", "potatoes", "lemons", "oranges", "pumpkins"),
        (
            "A farmer has {a} {t}.",
            "{n} picks {a} {t} on the farm.",
            "There are {a} {t} in the barn.",
        ),
        ("In the evening {a} more come in.", "{f} brings {a} more {t}."),
        ("{a} {t} go bad.", "The family eats {a} of them.", "{a} {t} go to the market."),
        ("{a} workers bring {b} {t} each.", "{a} baskets with {b} {t} each come in."),
        ("{a} crates of {b} {t} are sold.", "{a} people take {b} {t} each."),
        ("How many {t} are left?", "How many {t} are there now?"),
        "Then {part} of the {t} go bad.",
        "Another farm has {a} {t} {than} than that.",
        ("The rest fills {a} crates equally. How many {t} are in each crate?",),
        ("The rest is sold for {a} dollars each. How many dollars is that?",),
        ("The rest is packed in crates of {a}. How many {t} are left over?",),
    ),
    Flow(
        "money",
        ("dollars",),
        ("{n} has {a} dollars.", "{n} has saved {a} dollars."),
        ("{He} earns {a} dollars.", "{f} gives {him} {a} dollars.", "{He} finds {a} dollars."),
        (
            "{He} spends {a} dollars on a hat.",
            "{He} pays {a} dollars for lunch.",
            "{He} lends {f} {a} dollars.",
        ),
        (
            "{He} works {a} hours for {b} dollars an hour.",
            "{He} sells {a} books for {b} dollars each.",
        ),
        (
            "{He} buys {a} tickets for {b} dollars each.",
            "{He} pays {b} dollars a week for {a} weeks.",
        ),
        ("How many dollars does {n} have now?", "How much money is left?"),
        "{He} then spends {part} of the money.",
        "{f} has {a} dollars {than} than that.",
        (
            "{He} divides the money equally among {a} children. How many dollars does each child get?",
        ),
    ),
    Flow(
        "water",
        ("liters",),
        ("A tank holds {a} liters of water.", "There are {a} liters in a pool."),
        ("Rain adds {a} liters.", "{n} pours in {a} liters."),
        ("{n} takes out {a} liters.", "{a} liters leak away."),
        (
            "A pump adds {b} liters a minute for {a} minutes.",
            "{n} pours in {a} buckets of {b} liters.",
        ),
        ("{n} fills {a} cans with {b} liters each.", "For {a} hours it loses {b} liters an hour."),
        ("How many liters are there now?", "How many liters are left?"),
        "Then {part} of the water leaks away.",
        "Another tank holds {a} liters {than} than that.",
        ("The water is divided equally among {a} fields. How many liters does each field get?",),
    ),
    Flow(
        "library",
        ("books",),
        ("A library has {a} books.", "There are {a} books on the shelves."),
        ("It buys {a} new books.", "Readers bring back {a} books."),
        ("Readers take {a} books home.", "{a} old books are thrown away."),
        ("{a} boxes of {b} books arrive.", "{a} pupils bring back {b} books each."),
        ("{a} pupils take {b} books each.", "It gives {b} books to each of {a} schools."),
        ("How many books are there now?", "How many books are left?"),
        "Then {part} of the books are given away.",
        "Another library has {a} books {than} than that.",
        ("They stand equally on {a} shelves. How many books are on each shelf?",),
        (),
        ("They are packed in boxes of {a}. How many books are left over?",),
    ),
)

PARTS = (
    Parts(
        "buying",
        "dollars",
        (
            "{a} shirts for {b} dollars each",
            "{a} books for {b} dollars each",
            "{a} pens at {b} dollars each",
            "{a} bags of rice at {b} dollars each",
            "{a} lamps for {b} dollars each",
            "{a} toys that cost {b} dollars each",
        ),
        ("a hat for {a} dollars", "a bag for {a} dollars", "a cake for {a} dollars"),
        (
            "{n} buys {list}. How many dollars does {he} pay?",
            "At a shop {n} gets {list}. What does {he} pay in all?",
        ),
        ("{n} buys {list}. {He} pays with {a} dollars. How much change does {he} get?",),
        ("{n} buys {list}. The shop takes {a} dollars off. How many dollars does {he} pay?",),
    ),
    Parts(
        "earning",
        "dollars",
        (
            "{a} hours at {b} dollars an hour",
            "{a} days for {b} dollars a day",
            "{a} lessons for {b} dollars each",
            "{a} lawns at {b} dollars each",
            "{a} weeks for {b} dollars a week",
        ),
        ("one evening for {a} dollars", "one night for {a} dollars"),
        (
            "{n} is paid for {list}. How many dollars does {he} earn?",
            "{n} earns money with {list}. How many dollars is that?",
        ),
        (),
        ("{n} is paid for {list}. {He} spends {a} dollars. How many dollars are left?",),
    ),
    Parts(
        "distance",
        "miles",
        (
            "{b} miles a day for {a} days",
            "{a} hours at {b} miles an hour",
            "{a} times {b} miles",
        ),
        ("another {a} miles", "a last piece of {a} miles"),
        (
            "{n} rides a bike {list}. How many miles is that?",
            "{n} travels {list}. How far does {he} get?",
        ),
        ("{n} travels {list}. The whole way is {a} miles. How many miles are left?",),
    ),
    Parts(
        "reading",
        "pages",
        (
            "{b} pages a day for {a} days",
            "{a} chapters of {b} pages",
            "{a} stories of {b} pages each",
        ),
        ("a letter of {a} pages", "another {a} pages"),
        (
            "{n} reads {list}. How many pages does {he} read?",
            "In one month {n} reads {list}. How many pages is that?",
        ),
        ("{n} reads {list}. {He} wants to read {a} pages. How many pages are left?",),
    ),
    Parts(
        "loading",
        "things",
        (
            "{a} boxes with {b} cups each",
            "{a} crates of {b} bottles",
            "{a} bags with {b} balls each",
            "{a} rows of {b} chairs",
            "{a} shelves with {b} plates each",
        ),
        ("{a} single chairs", "{a} loose cups"),
        (
            "{n} loads {list} on a truck. How many things are that?",
            "{n} counts {list}. How many things does {he} count?",
        ),
        (),
        ("{n} loads {list} on a truck. On the way {a} things break. How many are left?",),
    ),
)

RELATIONS = (
    # name, first, more, fewer, times, asks: last, sum, difference
    (
        "ages",
        "{n} is {a} years old.",
        "{m} is {a} years older than {n}.",
        "{m} is {a} years younger than {n}.",
        "{m} is {a} times as old as {n}.",
        (
            "How old is {last}?",
            "How old are they together?",
            "How many years is {last} older than {first}?",
        ),
    ),
    (
        "comparing",
        "{n} has {a} cards.",
        "{m} has {a} cards more than {n}.",
        "{m} has {a} cards fewer than {n}.",
        "{m} has {a} times as many cards as {n}.",
        (
            "How many cards does {last} have?",
            "How many cards do they have together?",
            "How many more cards does {last} have than {first}?",
        ),
    ),
    (
        "weights",
        "{n} lifts {a} pounds.",
        "{m} lifts {a} pounds more than {n}.",
        "{m} lifts {a} pounds less than {n}.",
        "{m} lifts {a} times as much as {n}.",
        (
            "How many pounds does {last} lift?",
            "How many pounds do they lift together?",
            "How many pounds more does {last} lift than {first}?",
        ),
    ),
    (
        "points",
        "In a game {n} gets {a} points.",
        "{m} gets {a} points more than {n}.",
        "{m} gets {a} points less than {n}.",
        "{m} gets {a} times the points of {n}.",
        (
            "How many points does {last} get?",
            "How many points do they get in all?",
            "How many points is {last} ahead of {first}?",
        ),
    ),
)
