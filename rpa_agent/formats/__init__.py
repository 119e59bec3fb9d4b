"""The recordings of others: DevTools, Playwright, Selenium, browser-use; row files beyond CSV."""
