"""Ask a model for a distribution of replies to one prompt, and draw from it."""

import simulate

distribution = simulate.verbalize_sync("Someone asks you for a donation. What do you say?", k=3)
for candidate, weight in zip(distribution.candidates, distribution.weights, strict=True):
    print(f"{weight:.2f}  {candidate.text}")
print(f"entropy {distribution.entropy():.2f} nats")
print("drawn at u = 0.9:", distribution.texts[distribution.draw(0.9)])
print("flatter:", distribution.tempered(2.0).weights.round(2))
