"""``python -m portal.cli``: the same as the console script."""

from portal.cli import main

if __name__ == "__main__":
    main()
