"""How faithful re-enactment is: self and cross re-enactment, time, and speed. See `__main__`."""
