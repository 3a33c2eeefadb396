"""Users who attack, asked of a model from a goal and a policy: to test a system of one's own.

What comes out is a population like any other, with a header that says where it is from; which
systems it may meet is asked when it is played (`simulate.engine.authorised`).
"""

from simulate.attacks.api import Attacks, generate_attacks, generate_attacks_sync

__all__ = ["Attacks", "generate_attacks", "generate_attacks_sync"]
