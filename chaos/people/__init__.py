"""The people and the staff of an experiment: a request that fails because something is down is made again."""
