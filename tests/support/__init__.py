"""Tools that the tests share: a scripted upstream, and builders of values."""
