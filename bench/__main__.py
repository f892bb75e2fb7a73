"""`python -m bench` is the command `bench`."""

from .cli.main import main

main()
