"""The chaos test: real processes are attacked while clients talk. See docs/testing.md."""
