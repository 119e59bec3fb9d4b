"""Hands and eyes: real Chromium through Playwright, one isolated context per run."""
