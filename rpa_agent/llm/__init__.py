"""Judgement: any OpenAI-compatible model behind one client; nothing here runs on the healthy path."""
