"""`python -m personahub`."""

from personahub.cli.main import main

main()
