"""A model on many machines: workers of a Ray cluster make the replies, and this process keeps them."""
