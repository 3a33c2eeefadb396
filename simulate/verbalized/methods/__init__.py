"""The methods, one a module: how a speaker's reply distribution is obtained.

A method is a generator. It yields an `Ask` (the messages that follow the conversation so far, and
the form of the answer) and is sent the model's text; it may yield a `Pick` (what it draws before it
asks) and is sent the draw. In the end it returns a reply distribution:

    steps = METHODS["vs"](MethodSpec(name="vs", k=5), Task(person="Ada"))
    ask = next(steps)              # put ask.messages after the history, call any model
    steps.send(text)               # StopIteration.value is the ReplyDistribution

No method knows a model, a clock or a random number, so each can be tested from recorded answers.
A text that cannot be read is asked for again, with the reason, up to `TRIES` times in all; then
the `ParseError` goes to the caller. `steps.throw(ParseError(…))` says that no whole text came.

============  ==========================================  ============================  =======
method        what a call asks for                        weights                       calls
============  ==========================================  ============================  =======
`direct`      one reply                                   1                             1
`cot`         reasoning, then one reply                   1                             1
`sequence`    a list of k replies                         1/k                           1
`multi`       one reply, then another, k times            1/k                           k
`vs`          k replies with their probabilities          stated, normalised            1
`vs-cot`      reasoning, then as `vs`                     stated, normalised            1
`vs-multi`    a part of the k replies, as `vs`            stated, normalised over all   rounds
`vs-act`      k acts with their probabilities; then one   1 (acts: stated, normalised)  2
              reply that does the drawn one
`ssot`        a random string, then the reply it picks    1                             1
`repeated`    as `direct`, k times                        1/k                           k
`logprob`     the letter of an answer                     of the first token            2
`moments`     mean and spread of a number                 fitted                        1
`mixture`     what its drawn part asks for                of the drawn part             as it
============  ==========================================  ============================  =======

Source: Zhang et al. 2025, Verbalized Sampling, arXiv 2510.01171, sections 4 and 5, which compare
the first seven; the others name theirs. No prompt is copied. `logprob` and `moments` are for
outcomes only (`Method.unfit`).
"""
