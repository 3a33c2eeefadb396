"""Let a model of your own speak: any object with a name, a concurrency and two methods."""

import simulate


class Parrot:
    """Says back what it hears; where replies with probabilities are asked for, it gives two."""

    name = "parrot"
    concurrency = 4

    async def complete(self, request: simulate.ChatRequest) -> simulate.ChatReply:
        """Answer a request."""
        heard = request.messages[-1]["content"]
        if "probability" not in heard:
            return simulate.ChatReply(heard)
        return simulate.ChatReply(
            '{"responses": [{"text": "Polly!", "probability": 0.9},'
            ' {"text": "Cracker!", "probability": 0.1}]}'
        )

    async def aclose(self) -> None:
        """Give back what the model holds: nothing here."""


distribution = simulate.verbalize_sync("What does a parrot say?", k=2, model=Parrot())
for text, weight in zip(distribution.texts, distribution.weights, strict=True):
    print(f"{weight:.2f}  {text}")
