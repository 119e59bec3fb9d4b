"""Notices: what people are told without asking, once each, in few messages, and sent until it arrives."""
