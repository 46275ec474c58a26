"""The people and the staff of a storm: a request that fails because something is down is made again."""
