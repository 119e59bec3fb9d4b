"""Second thoughts: what may be done when a step cannot go on as recorded. Proposes, never acts."""
