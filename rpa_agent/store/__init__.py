"""The shelves: databases and files, and nothing about what stands in them."""
