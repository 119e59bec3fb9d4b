"""`python -m rpa_agent` is `rpa`."""

from .cli import main

if __name__ == "__main__":
    main()
