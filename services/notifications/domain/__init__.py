"""The rules of notifications: who hears what, when it may be sent, who is paged. Pure: they receive `now`."""
