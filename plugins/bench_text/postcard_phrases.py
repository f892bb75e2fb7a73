"""What `postcards` are made of: phrases with gaps, and the parts of made-up names. CC0 1.0."""

from __future__ import annotations

PHRASES = (
    "{person} moved from {place} to {place} {date} .",
    "We met {person} at the station in {place} .",
    "{company} opens a second shop in {place} {date} .",
    "Dear {person} , the weather in {place} is fine .",
    "On {date} we go on to {place} by train .",
    "{person} now works for {company} .",
    "The parcel from {company} came {date} , many thanks !",
    "Give my love to {person} and {person} .",
    "There is a small museum behind the harbour of {place} .",
    "{company} sold its mill to {company} {date} .",
    "Mr {person} says the ferry to {place} is late again .",
    "It rained all the way from {place} to {place} .",
    "{person} was born in {place} , not in {place} .",
    "Shares of {company} fell {date} .",
    "I saw the new bicycles by {company} , they are lovely .",
    "Could you ask {person} for the key ?",
    "{date} is the market day in {place} .",
    "{person} , who runs {company} , sends greetings .",
    "The boat leaves {place} {date} at noon .",
    "My sister {person} stays in {place} until {date} .",
    "The workers of {company} are on strike since {date} .",
    "Do you still have the map of {place} ?",
    "{person} married {person} {date} in {place} .",
    "Everything at {company} is cheaper {date} .",
    "Mrs {person} bought two chairs from {company} .",
    "No news from {place} yet , says {person} .",
    "The old road between {place} and {place} is closed .",
    "{company} and {company} share an office in {place} .",
    "Tell {person} that I arrive {date} .",
    "We ate cake with {person} on the beach of {place} .",
    "After {date} the hotel in {place} is full .",
    "Nobody at {company} knew the answer .",
    "{person} wrote a song about {place} .",
    "A director of {company} , {person} , lives next door .",
    "The train was built by {company} and runs to {place} .",
    "Happy birthday , {person} !",
    "Winter in {place} begins {date} .",
    "I lost my hat near {place} , but {person} found it .",
    "{company} pays its workers {date} .",
    "It is quiet here , and {person} reads all day .",
    "{person} will never leave {place} .",
    "The bridge at {place} was paid for by {company} .",
    "From {date} on , {company} bakes bread without salt .",
    "{person} has bought half of {company} !",
    "Nothing is open in {place} on {date} .",
    "{person} and I walked to {place} {date} .",
    "Greetings from sunny {place} !",
    "Our guide , {person} , used to be with {company} .",
    "The factory of {company} in {place} burned down {date} .",
    "You should try the soup in {place} , {person} loves it .",
    "{date} {person} gives a concert in {place} .",
    "Please write to {company} for a new lamp .",
    "Is {person} back from {place} ?",
    "Two clerks from {company} joined us {date} .",
    "The tower of {place} can be seen from our window .",
    "{person} forgot the tickets , so we stayed in {place} .",
    "{company} has a new owner : {person} of {place} .",
    "See you {date} , your {person}",
    "They say {company} will close {date} .",
    "The lake near {place} froze {date} .",
)
"""Words with spaces between them, and gaps by the kind of name that belongs there."""

FIRST_NAMES = (
    "Ada", "Bela", "Carla", "Dario", "Edith", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Liam",
    "Mara", "Nils", "Olga", "Pavel", "Rosa", "Sven", "Tomas", "Uma", "Vera", "Wanda", "April", "May",
)  # fmt: skip
BEGINNINGS = (
    "Brin", "Cor", "Dun", "Ester", "Fal", "Gar", "Hol", "Kel", "Lin", "Mar", "Nor", "Os", "Pel", "Ren",
    "Sal", "Tor", "Wen", "Yar",
)  # fmt: skip
ENDINGS = ("by", "den", "ford", "low", "mere", "stead", "ton", "wick")
"""A beginning and an ending make a name, which people, places and companies bear: only the phrase tells."""

PLACES = ("{name}", "{name}", "{name}", "New {name}", "{name} Bridge", "Upper {name}")
COMPANIES = ("{name}", "{name}", "{name} & Sons", "{name} Motors", "{name} Bank", "{first} {name} Ltd")
PEOPLE = ("{first}", "{name}", "{first} {name}", "{first} {name}")
DATES = ("{day}", "next {day}", "{number} {month}", "in {month}", "last {month}", "tomorrow")

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
NUMBERS = tuple(str(number) for number in range(1, 29))
