"""What the data set `town-questions` is made of: names of towns, and what can be told of one."""

from __future__ import annotations

from dataclasses import dataclass

BEGINNINGS = (
    "Al",
    "Bren",
    "Cor",
    "Dun",
    "El",
    "Far",
    "Gar",
    "Hol",
    "Ister",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Os",
)
ENDINGS = ("bach", "brück", "dale", "den", "ford", "ham", "hausen", "iga", "minster", "ovo", "stad", "wick")
FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Clara",
    "Dario",
    "Edith",
    "Felix",
    "Greta",
    "Hugo",
    "Irma",
    "Jonas",
    "Lena",
    "Otto",
)
LAST_NAMES = (
    "Abel",
    "Brandt",
    "Castell",
    "Dorn",
    "Ekman",
    "Falk",
    "Grimm",
    "Holt",
    "Ivers",
    "Jansen",
    "Quast",
    "Roth",
)
RIVERS = (
    "Aune",
    "Brisk",
    "Calder",
    "Drave",
    "Elz",
    "Fenne",
    "Glan",
    "Hamble",
    "Inn",
    "Jagst",
    "Lech",
    "Tamar",
)
GOODS = (
    "bells",
    "blue glass",
    "church organs",
    "clay pipes",
    "fishing nets",
    "leather gloves",
    "paper",
    "rope",
)
DISHES = (
    "apple soup",
    "baked trout",
    "chestnut bread",
    "dried plums",
    "onion cake",
    "pea stew",
    "walnut cheese",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = ("February", "March", "April", "May", "June", "July", "August", "September", "October", "November")
THINGS = ("clocks", "dolls", "kites", "maps", "puppets", "sewing machines", "stamps", "trams")


@dataclass(frozen=True)
class Fact:
    """Something to be told of a town: ways to say it, ways to ask for it, and which values it can have."""

    told: tuple[str, ...]
    asked: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]


PEOPLE = (FIRST_NAMES, (" ",), LAST_NAMES)
YEARS = (("11", "12", "13", "14", "15", "16", "17", "18"), tuple("0123456789"), tuple("0123456789"))

FACTS = (
    Fact(
        ("The town was founded by {value}.", "It was {value} who laid the first stone of the town."),
        ("Who founded {town}?", "Who was the founder of {town}?"),
        PEOPLE,
    ),
    Fact(
        ("Its first houses were built in {value}.", "People have lived there since {value}."),
        ("Since when have people lived in {town}?", "In which year were the first houses of {town} built?"),
        YEARS,
    ),
    Fact(
        ("It lies on the river {value}.", "Through its centre flows the {value}."),
        ("Which river does {town} lie on?", "What is the river that flows through {town}?"),
        (RIVERS,),
    ),
    Fact(
        ("About {value} people live there.", "At the last census it had {value} inhabitants."),
        ("How many people live in {town}?", "What is the population of {town}?"),
        (tuple("123456789"), tuple("0123456789"), (",",), tuple("0123456789"), ("00",)),
    ),
    Fact(
        ("Its workshops make {value}.", "Most families there earn their living with {value}."),
        ("What is made in {town}?", "What do the workshops of {town} produce?"),
        (GOODS,),
    ),
    Fact(
        ("Visitors come for its {value}.", "In every inn they serve {value}."),
        ("What is there to eat in {town}?", "Which dish do the inns of {town} serve?"),
        (DISHES,),
    ),
    Fact(
        ("The market is held every {value}.", "On a {value} farmers sell their goods in the square."),
        ("On which day is the market of {town}?", "When is market day in {town}?"),
        (DAYS,),
    ),
    Fact(
        (
            "A festival of lanterns ends the month of {value}.",
            "The lanterns are lit in {value}, for the festival.",
        ),
        ("In which month is the festival of {town}?", "When do people celebrate the lanterns of {town}?"),
        (MONTHS,),
    ),
    Fact(
        ("Its museum shows {value}.", "The old town hall is now a museum of {value}."),
        ("What can be seen in the museum of {town}?", "What is shown in the museum of {town}?"),
        (THINGS,),
    ),
    Fact(
        ("The stone bridge was designed by {value}.", "The plans of the bridge are by {value}."),
        ("Who designed the bridge of {town}?", "Who drew the plans of the bridge in {town}?"),
        PEOPLE,
    ),
    Fact(
        ("A fire destroyed the church in {value}.", "In {value} the church burnt down."),
        ("When did the church of {town} burn down?", "In which year was the church of {town} destroyed?"),
        YEARS,
    ),
)
