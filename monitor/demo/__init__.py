"""The demo: two days of sample news from an outlet group of our own, on this machine only."""
