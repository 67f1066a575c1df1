"""Benchmarks: how fast the product path is, beside what people would pick instead. See README.md."""
