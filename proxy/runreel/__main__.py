"""``python -m runreel``."""

from runreel.cli import main

main()
