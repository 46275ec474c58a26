"""A program that waits until it is ended."""

import signal

if __name__ == "__main__":
    print("waiting", flush=True)
    signal.pause()
