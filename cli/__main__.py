"""`python -m cli`: the command line without its entry point being installed."""

from cli.main import main

if __name__ == "__main__":
    main()
